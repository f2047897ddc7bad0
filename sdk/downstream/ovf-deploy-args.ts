import * as pulumi from "@pulumi/pulumi";
import { choosePlace } from "./choose-place";
import { isPlain, settled, type Inputs } from "./deep-inputs";
import { fileAddress } from "./file-address";
import { guestSettings, type GuestOptions } from "./guest-settings";
import {
  deriveOutput,
  derivePlain,
  type Derivation,
  type ImageData,
  type ImageSource,
  type Located,
} from "./image-source";
import type { OvfDeployOptions } from "./ovf-deploy-options";
import { present } from "./present";
import { hardwareOf, type Hardware } from "./vsphere-hardware";
import { vsphereReader } from "./vsphere-reader";

/** `ovfDeploy` of a `vsphere.VirtualMachine`. What changes in it replaces the machine. */
export interface OvfDeploy {
  remoteOvfUrl?: string;
  localOvfPath?: string;
  ovfNetworkMap?: Record<string, string>;
  diskProvisioning?: string;
  deploymentOption?: string;
  ipAllocationPolicy?: string;
  ipProtocol?: string;
  allowUnverifiedSslCert?: boolean;
  enableHiddenProperties?: boolean;
}

/** Arguments of a `vsphere.VirtualMachine`, to be spread among those that only the program knows. */
export interface OvfDeployment extends Hardware {
  ovfDeploy: OvfDeploy;
  extraConfig?: Record<string, string>;
}

/** The same of an image that is not there yet: an object to be spread, its values being outputs. */
export type OvfDeploymentArgs = {
  [K in keyof Required<OvfDeployment>]: pulumi.Output<OvfDeployment[K]>;
};

/**
 * An OVA as a virtual machine of vCenter. The provider's own process fetches the OVA and deploys it; that needs
 * `hostSystemId`, `datastoreId` and a vCenter. An OVA in a folder is given as a path, for a provider on that machine.
 *
 * ```ts
 * new vsphere.VirtualMachine("edge", {
 *   ...ovfDeployArgs(image, { ovfNetworkMap: { "VM Network": network.id }, userData }),
 *   name: "edge-17", resourcePoolId, datastoreId, hostSystemId, datacenterId,
 *   networkInterfaces: [{ networkId: network.id }],
 * });
 * ```
 *
 * What the OVA says of firmware, guest, controller, processors and memory is said again, for the provider puts its own
 * defaults in place of what is not. In a Pulumi program `extraConfig` is a secret output.
 *
 * Throws where the image has no OVA that the provider can read, and where secure boot is asked of BIOS.
 */
export function ovfDeployArgs(from: ImageData, options?: OvfDeployOptions): OvfDeployment;
export function ovfDeployArgs(
  from: ImageSource,
  options?: Inputs<OvfDeployOptions>,
): OvfDeploymentArgs;
export function ovfDeployArgs(
  from: ImageSource | ImageData,
  options: Inputs<OvfDeployOptions> = {},
): OvfDeployment | OvfDeploymentArgs {
  if (isPlain<ImageData>(from) && isPlain<OvfDeployOptions>(options)) {
    const extraConfig = guestSettings(options);
    return { ...derivePlain(from, options, derivation), ...present({ extraConfig }) };
  }
  // Apart, because what the guest is told is a secret, and the rest is not.
  const { userData, extraConfig, ...rest } = options;
  const guest = settled<GuestOptions>({ userData, extraConfig }).apply(guestSettings);
  const made = deriveOutput(from, rest, derivation);
  return {
    ovfDeploy: made.ovfDeploy,
    numCpus: made.numCpus,
    memory: made.memory,
    firmware: made.firmware,
    efiSecureBootEnabled: made.efiSecureBootEnabled,
    guestId: made.guestId,
    scsiType: made.scsiType,
    extraConfig: pulumi.secret(guest),
  };
}

const derivation: Derivation<OvfDeployOptions, Omit<OvfDeployment, "extraConfig">> = {
  choose: ({ target }) => choosePlace(vsphereReader(["ova"]), { target }),
  make: (located, options) => ({
    ovfDeploy: deployOf(located, options),
    ...hardwareOf(located, options),
  }),
};

function deployOf({ artifact }: Located, options: OvfDeployOptions): OvfDeploy {
  const { place, address } = fileAddress(artifact, options.url);
  const { ovfNetworkMap, diskProvisioning, deploymentOption, ipAllocationPolicy } = options;
  const { ipProtocol, allowUnverifiedSslCert, enableHiddenProperties } = options;
  return {
    ...(place === "remote" ? { remoteOvfUrl: address } : { localOvfPath: address }),
    ...present({ ovfNetworkMap, diskProvisioning, deploymentOption, ipAllocationPolicy }),
    ...present({ ipProtocol, allowUnverifiedSslCert, enableHiddenProperties }),
  };
}
