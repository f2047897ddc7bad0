import type { GuestOptions } from "./guest-settings";
import type { HardwareOptions } from "./vsphere-hardware";

export interface OvfDeployOptions extends GuestOptions, HardwareOptions {
  /** Target to take the OVA from, as `artifacts[].target` names it. Default: the first that will do. */
  readonly target?: string | undefined;
  /**
   * Another address of the same OVA, such as a mirror's. One that is new on each `up`, as a presigned one is, replaces
   * the machine each time.
   */
  readonly url?: string | undefined;
  /** Networks by the name that the OVA gives them; in an OVA of this package that is `VM Network`. */
  readonly ovfNetworkMap?: Readonly<Record<string, string>> | undefined;
  /** Such as `thin`. Default that of the datastore. */
  readonly diskProvisioning?: string | undefined;
  readonly deploymentOption?: string | undefined;
  readonly ipAllocationPolicy?: string | undefined;
  readonly ipProtocol?: string | undefined;
  /** Default false. */
  readonly allowUnverifiedSslCert?: boolean | undefined;
  /** Default false. */
  readonly enableHiddenProperties?: boolean | undefined;
}
