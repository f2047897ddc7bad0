import { vsphereGuestId, vsphereScsiType } from "../../provider/schema/names";
import type { LocatedArtifact } from "./image-source";
import { bytesOf } from "./quantity";
import { inputError } from "./input-error";

/** Hardware of a virtual machine, where it differs from that of the image. */
export interface HardwareOptions {
  /** Virtual CPUs. Default: 2, as in an OVA. (The vSphere provider ignores the OVA and defaults to 1.) */
  readonly cpus?: number | undefined;
  /**
   * Memory in bytes, or text such as `4GiB`; whole MiB. Default: 8 GiB, as in an OVA. (The vSphere provider ignores the OVA
   * and defaults to 1 GiB.)
   */
  readonly memory?: number | string | undefined;
  /** Default: that of the image; required if the image is given as a single artifact. */
  readonly firmware?: "bios" | "uefi" | undefined;
  /** Enable secure boot; requires `uefi`. Default: false. */
  readonly secureBoot?: boolean | undefined;
  /** vSphere guest identifier. Default: that of the image. */
  readonly guestId?: string | undefined;
  /** Disk controller. Default: that of the image. */
  readonly scsiType?: "pvscsi" | "lsilogic-sas" | undefined;
}

/** Hardware arguments of a `vsphere.VirtualMachine`. All are set, because the provider's defaults differ from the OVA. */
export interface Hardware {
  numCpus: number;
  /** MiB. */
  memory: number;
  firmware: "bios" | "efi";
  efiSecureBootEnabled: boolean;
  guestId: string;
  scsiType: string;
}

export function hardwareOf(located: LocatedArtifact, options: HardwareOptions): Hardware {
  return {
    numCpus: options.cpus ?? 2,
    memory: mebibytesOf(options.memory ?? 8 * 1024 * mebibyte),
    ...bootOf(located, options),
    guestId: options.guestId ?? located.facts.guestId ?? vsphereGuestId,
    scsiType: options.scsiType ?? located.facts.scsiType ?? vsphereScsiType,
  };
}

function bootOf(
  { facts }: LocatedArtifact,
  { secureBoot = false, ...options }: HardwareOptions,
): Pick<Hardware, "firmware" | "efiSecureBootEnabled"> {
  const firmware = options.firmware ?? facts.firmware;
  if (firmware === undefined) {
    throw inputError({
      what: "A single artifact does not contain the firmware of the machine.",
      next: "Set `firmware`, or pass the image instead of the artifact.",
    });
  }
  if (secureBoot && firmware === "bios") {
    throw inputError({
      what: "`secureBoot` is set for a machine with BIOS.",
      why: "An image boots only with the firmware that it was installed with.",
      next: 'Remove it, or build an image with `machine: { firmware: "uefi", secureBoot: true }`.',
    });
  }
  return { firmware: firmware === "uefi" ? "efi" : "bios", efiSecureBootEnabled: secureBoot };
}

const mebibyte = 1024 * 1024;

function mebibytesOf(memory: number | string): number {
  const bytes = bytesOf("memory", memory);
  if (bytes % mebibyte === 0) return bytes / mebibyte;
  throw inputError({
    what: `\`memory\` is ${bytes} bytes, but vSphere requires whole MiB.`,
    next: 'Use whole MiB, such as "4GiB".',
  });
}
