import type { GuestOptions } from "./guest-settings";
import type { HardwareOptions } from "./vsphere-hardware";

/** Options of a deployment from an OVA. */
export interface OvfDeployOptions extends GuestOptions, HardwareOptions {
  /** Target of the OVA, as in `artifacts[].target`. Default: the first one that is suitable. */
  readonly target?: string | undefined;
  /**
   * Another URL of the same OVA, for example at a mirror. A URL that changes on each `up`, such as a presigned one, replaces
   * the machine each time. Default: that of the artifact.
   */
  readonly url?: string | undefined;
  /** Network IDs by the network names of the OVA; an OVA of this package has one, `VM Network`. Default: none. */
  readonly ovfNetworkMap?: Readonly<Record<string, string>> | undefined;
  /** Disk provisioning, such as `thin`. Default: that of the datastore. */
  readonly diskProvisioning?: string | undefined;
  /** Default: that of the OVA. */
  readonly deploymentOption?: string | undefined;
  /** Default: that of vSphere. */
  readonly ipAllocationPolicy?: string | undefined;
  /** Default: that of vSphere. */
  readonly ipProtocol?: string | undefined;
  /** Do not verify the certificate of the server with the OVA. Default: false. */
  readonly allowUnverifiedSslCert?: boolean | undefined;
  /** Allow hidden OVF properties. Default: false. */
  readonly enableHiddenProperties?: boolean | undefined;
}
