import * as pulumi from "@pulumi/pulumi";
import { choosePlace } from "./choose-place";
import { isPlain, plainOutput, type Inputs } from "./deep-inputs";
import { fileAddress } from "./file-address";
import { guestSettings, type GuestOptions } from "./guest-settings";
import {
  deriveOutput,
  derivePlain,
  type Derivation,
  type ImageData,
  type ImageSource,
  type LocatedArtifact,
} from "./image-source";
import type { OvfDeployOptions } from "./ovf-deploy-options";
import { definedFields } from "./defined-fields";
import { hardwareOf, type Hardware } from "./vsphere-hardware";
import { vsphereReader } from "./vsphere-reader";

/** `ovfDeploy` of a `vsphere.VirtualMachine`. A change replaces the machine. */
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

/** Arguments of a `vsphere.VirtualMachine`, to be combined with those of the program by spreading. */
export interface OvfDeployment extends Hardware {
  ovfDeploy: OvfDeploy;
  extraConfig?: Record<string, string>;
}

/** The same with outputs as values, for an image in a Pulumi program. */
export type OvfDeploymentArgs = {
  [K in keyof Required<OvfDeployment>]: pulumi.Output<OvfDeployment[K]>;
};

/**
 * Returns the arguments of a virtual machine that is deployed from an OVA. The provider's process downloads and deploys the
 * OVA, which requires `hostSystemId`, `datastoreId` and a vCenter. For an OVA in a folder, it returns a path: the provider
 * must run on the machine with the folder.
 *
 * ```ts
 * new vsphere.VirtualMachine("edge", {
 *   ...ovfDeployArgs(image, { ovfNetworkMap: { "VM Network": network.id }, userData }),
 *   name: "edge-17", resourcePoolId, datastoreId, hostSystemId, datacenterId,
 *   networkInterfaces: [{ networkId: network.id }],
 * });
 * ```
 *
 * The arguments repeat firmware, guest, disk controller, CPUs and memory of the OVA, because the provider replaces missing
 * ones by its own defaults. In a Pulumi program `extraConfig` is a secret output.
 *
 * Throws if the image has no OVA that the provider can read, and for `secureBoot` with BIOS.
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
    return { ...derivePlain(from, options, derivation), ...definedFields({ extraConfig }) };
  }
  // Separate, because the guest settings are secret and the other arguments are not.
  const { userData, extraConfig, ...rest } = options;
  const guest = plainOutput<GuestOptions>({ userData, extraConfig }).apply(guestSettings);
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

function deployOf({ artifact }: LocatedArtifact, options: OvfDeployOptions): OvfDeploy {
  const { location, address } = fileAddress(artifact, options.url);
  const { ovfNetworkMap, diskProvisioning, deploymentOption, ipAllocationPolicy } = options;
  const { ipProtocol, allowUnverifiedSslCert, enableHiddenProperties } = options;
  return {
    ...(location === "remote" ? { remoteOvfUrl: address } : { localOvfPath: address }),
    ...definedFields({ ovfNetworkMap, diskProvisioning, deploymentOption, ipAllocationPolicy }),
    ...definedFields({ ipProtocol, allowUnverifiedSslCert, enableHiddenProperties }),
  };
}
