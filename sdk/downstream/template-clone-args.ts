import * as pulumi from "@pulumi/pulumi";
import { templateOf } from "../outputs";
import { choosePlace } from "./choose-place";
import { isPlain, plainOutput, type Inputs } from "./deep-inputs";
import { guestSettings, type GuestOptions } from "./guest-settings";
import {
  deriveOutput,
  derivePlain,
  type Derivation,
  type ImageData,
  type ImageSource,
  type LocatedArtifact,
} from "./image-source";
import { definedFields } from "./defined-fields";
import { bytesOf } from "./quantity";
import { inputError } from "./input-error";
import { templateReader } from "./template-reader";
import { hardwareOf, type Hardware, type HardwareOptions } from "./vsphere-hardware";

/** Options of a virtual machine that is cloned from a template. */
export interface TemplateCloneOptions extends GuestOptions, HardwareOptions {
  /** Target of the template, as in `artifacts[].target`. Default: the first library. */
  readonly target?: string | undefined;
  /** Disk size in bytes, or text such as `200GiB`; whole GiB, at least that of the image, which is the default. */
  readonly diskSize?: number | string | undefined;
  /** Create a linked clone, which requires a snapshot of the template. Default: false. */
  readonly linkedClone?: boolean | undefined;
}

/** Arguments of a `vsphere.VirtualMachine`, to be combined with those of the program by spreading. */
export interface TemplateClone extends Hardware {
  /**
   * A change replaces the machine. The UUID changes with the content, but not when a lost template is deployed again.
   */
  clone: { templateUuid: string; linkedClone?: boolean };
  /** Size in GiB. */
  disks: { label: string; size: number; thinProvisioned: boolean }[];
  extraConfig?: Record<string, string>;
}

/** The same with outputs as values, for an image in a Pulumi program. */
export type TemplateCloneArgs = {
  [K in keyof Required<TemplateClone>]: pulumi.Output<TemplateClone[K]>;
};

/**
 * Returns the arguments of a virtual machine that is cloned from the template of a `vsphere` target with `deploy`. The
 * provider transfers no image data.
 *
 * ```ts
 * new vsphere.VirtualMachine("edge", {
 *   ...templateCloneArgs(image, { userData }),
 *   name: "edge-17", resourcePoolId, datastoreId,
 *   networkInterfaces: [{ networkId: network.id }],
 * });
 * ```
 *
 * In a Pulumi program `extraConfig` is a secret output. Throws if no target of the image deploys a template.
 */
export function templateCloneArgs(from: ImageData, options?: TemplateCloneOptions): TemplateClone;
export function templateCloneArgs(
  from: ImageSource,
  options?: Inputs<TemplateCloneOptions>,
): TemplateCloneArgs;
export function templateCloneArgs(
  from: ImageSource | ImageData,
  options: Inputs<TemplateCloneOptions> = {},
): TemplateClone | TemplateCloneArgs {
  if (isPlain<ImageData>(from) && isPlain<TemplateCloneOptions>(options)) {
    const extraConfig = guestSettings(options);
    return { ...derivePlain(from, options, derivation), ...definedFields({ extraConfig }) };
  }
  const { userData, extraConfig, ...rest } = options;
  const guest = plainOutput<GuestOptions>({ userData, extraConfig }).apply(guestSettings);
  const made = deriveOutput(from, rest, derivation);
  return {
    clone: made.clone,
    disks: made.disks,
    numCpus: made.numCpus,
    memory: made.memory,
    firmware: made.firmware,
    efiSecureBootEnabled: made.efiSecureBootEnabled,
    guestId: made.guestId,
    scsiType: made.scsiType,
    extraConfig: pulumi.secret(guest),
  };
}

const derivation: Derivation<TemplateCloneOptions, Omit<TemplateClone, "extraConfig">> = {
  choose: ({ target }) => choosePlace(templateReader, { target }),
  make: (located, options) => ({
    clone: {
      templateUuid: templateOf(located.artifact).uuid,
      ...definedFields({ linkedClone: options.linkedClone }),
    },
    disks: [{ label: "disk0", size: diskSizeOf(located, options), thinProvisioned: true }],
    ...hardwareOf(located, options),
  }),
};

const gibibyte = 1024 ** 3;

function diskSizeOf({ facts }: LocatedArtifact, { diskSize }: TemplateCloneOptions): number {
  const image = facts.virtualSizeBytes;
  const wanted = diskSize === undefined ? image : bytesOf("diskSize", diskSize);
  if (wanted === undefined) {
    throw inputError({
      what: "A single artifact does not contain the size of the disk.",
      next: "Set `diskSize`, or pass the image instead of the artifact.",
    });
  }
  if (wanted % gibibyte !== 0 || wanted < (image ?? 0)) {
    throw inputError({
      what: `\`diskSize\` is ${wanted} bytes, which a clone cannot have.`,
      why: `The vSphere provider requires whole GiB, at least the size of the image's disk (${image ?? "unknown"} bytes).`,
      next: 'Use whole GiB, at least the size of the image, such as "200GiB".',
    });
  }
  return wanted / gibibyte;
}
