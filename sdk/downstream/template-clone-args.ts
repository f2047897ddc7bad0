import * as pulumi from "@pulumi/pulumi";
import { templateOf } from "../outputs";
import { choosePlace } from "./choose-place";
import { isPlain, settled, type Inputs } from "./deep-inputs";
import { guestSettings, type GuestOptions } from "./guest-settings";
import {
  deriveOutput,
  derivePlain,
  type Derivation,
  type ImageData,
  type ImageSource,
  type Located,
} from "./image-source";
import { present } from "./present";
import { bytesOf } from "./quantity";
import { refused } from "./refused";
import { templateReader } from "./template-reader";
import { hardwareOf, type Hardware, type HardwareOptions } from "./vsphere-hardware";

export interface TemplateCloneOptions extends GuestOptions, HardwareOptions {
  /** Target whose template is taken, as `artifacts[].target` names it. Default: the first library. */
  readonly target?: string | undefined;
  /** Bytes, or text such as `200GiB`; whole GiB, and not less than the image's. Default that of the image. */
  readonly diskSize?: number | string | undefined;
  /** Default false: a clone that depends on the template's disk needs a snapshot of it. */
  readonly linkedClone?: boolean | undefined;
}

/** Arguments of a `vsphere.VirtualMachine`, to be spread among those that only the program knows. */
export interface TemplateClone extends Hardware {
  /** What changes in it replaces the machine: the UUID does where the content does, and not where a template came back. */
  clone: { templateUuid: string; linkedClone?: boolean };
  /** Size in GiB. */
  disks: { label: string; size: number; thinProvisioned: boolean }[];
  extraConfig?: Record<string, string>;
}

/** The same of an image that is not there yet: an object to be spread, its values being outputs. */
export type TemplateCloneArgs = {
  [K in keyof Required<TemplateClone>]: pulumi.Output<TemplateClone[K]>;
};

/**
 * A machine that is cloned from the template that a `vsphere` target deploys (`deploy`). No byte of the image passes
 * through the provider.
 *
 * ```ts
 * new vsphere.VirtualMachine("edge", {
 *   ...templateCloneArgs(image, { userData }),
 *   name: "edge-17", resourcePoolId, datastoreId,
 *   networkInterfaces: [{ networkId: network.id }],
 * });
 * ```
 *
 * In a Pulumi program `extraConfig` is a secret output. Throws where no target of the image deploys a template.
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
    return { ...derivePlain(from, options, derivation), ...present({ extraConfig }) };
  }
  const { userData, extraConfig, ...rest } = options;
  const guest = settled<GuestOptions>({ userData, extraConfig }).apply(guestSettings);
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
      ...present({ linkedClone: options.linkedClone }),
    },
    disks: [{ label: "disk0", size: diskSizeOf(located, options), thinProvisioned: true }],
    ...hardwareOf(located, options),
  }),
};

const gibibyte = 1024 ** 3;

function diskSizeOf({ facts }: Located, { diskSize }: TemplateCloneOptions): number {
  const image = facts.virtualSizeBytes;
  const wanted = diskSize === undefined ? image : bytesOf("diskSize", diskSize);
  if (wanted === undefined) {
    throw refused({
      what: "How large the disk is does not stand in one artifact alone.",
      next: "Give `diskSize`, or give the image instead of its artifact.",
    });
  }
  if (wanted % gibibyte !== 0 || wanted < (image ?? 0)) {
    throw refused({
      what: `\`diskSize\` is ${wanted} bytes, which no clone can have.`,
      why: `vSphere's provider counts in GiB, and the image's disk has ${image ?? "as many or fewer"} bytes.`,
      next: 'Give whole GiB, not less than the image has, such as "200GiB".',
    });
  }
  return wanted / gibibyte;
}
