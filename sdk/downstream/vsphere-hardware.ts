import { vsphereGuestId, vsphereScsiType } from "../../provider/schema/names";
import type { Located } from "./image-source";
import { bytesOf } from "./quantity";
import { refused } from "./refused";

/** What is said of a machine's hardware, of which the image knows the rest. */
export interface HardwareOptions {
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
}

/** Arguments of a `vsphere.VirtualMachine`; the provider puts its own defaults in place of what is not said. */
export interface Hardware {
  numCpus: number;
  /** MiB. */
  memory: number;
  firmware: "bios" | "efi";
  efiSecureBootEnabled: boolean;
  guestId: string;
  scsiType: string;
}

export function hardwareOf(located: Located, options: HardwareOptions): Hardware {
  return {
    numCpus: options.cpus ?? 2,
    memory: mebibytesOf(options.memory ?? 8 * 1024 * mebibyte),
    ...bootOf(located, options),
    guestId: options.guestId ?? located.facts.guestId ?? vsphereGuestId,
    scsiType: options.scsiType ?? located.facts.scsiType ?? vsphereScsiType,
  };
}

function bootOf(
  { facts }: Located,
  { secureBoot = false, ...options }: HardwareOptions,
): Pick<Hardware, "firmware" | "efiSecureBootEnabled"> {
  const firmware = options.firmware ?? facts.firmware;
  if (firmware === undefined) {
    throw refused({
      what: "Which firmware the machine starts under does not stand in one artifact alone.",
      next: "Give `firmware`, or give the image instead of its artifact.",
    });
  }
  if (secureBoot && firmware === "bios") {
    throw refused({
      what: "`secureBoot` is asked of a machine that starts under BIOS.",
      why: "An image boots only under the firmware that it was installed under.",
      next: 'Leave it out, or make an image with `machine: { firmware: "uefi", secureBoot: true }`.',
    });
  }
  return { firmware: firmware === "uefi" ? "efi" : "bios", efiSecureBootEnabled: secureBoot };
}

const mebibyte = 1024 * 1024;

function mebibytesOf(memory: number | string): number {
  const bytes = bytesOf("memory", memory);
  if (bytes % mebibyte === 0) return bytes / mebibyte;
  throw refused({
    what: `\`memory\` is ${bytes} bytes, and vSphere counts in MiB.`,
    next: 'Give whole MiB, such as "4GiB".',
  });
}
