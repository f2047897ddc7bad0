import type { GuestOptions } from "./guest-settings";

export interface OvfDeployOptions extends GuestOptions {
  /** Target to take the OVA from, as `artifacts[].target` names it. Default: the first that will do. */
  readonly target?: string | undefined;
  /**
   * Another address of the same OVA, such as a mirror's. One that is new on each `up`, as a presigned one is, replaces
   * the machine each time.
   */
  readonly url?: string | undefined;
  /** Default 2, as in the OVA; the provider's own default is 1, whatever the OVA says. */
  readonly cpus?: number | undefined;
  /** Bytes, or text such as `4GiB`; whole MiB. Default 8 GiB, as in the OVA; the provider's own default is 1 GiB. */
  readonly memory?: number | string | undefined;
  /** Default that of the image; needed where one artifact is all that is given. */
  readonly firmware?: "bios" | "uefi" | undefined;
  /** Default false; needs `uefi`. */
  readonly secureBoot?: boolean | undefined;
  /** vSphere's identifier of the guest. Default that of the image. */
  readonly guestId?: string | undefined;
  /** Default that of the image. */
  readonly scsiType?: "pvscsi" | "lsilogic-sas" | undefined;
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
