import { chmod, copyFile, stat } from "node:fs/promises";
import type { Firmware } from "../../schema/names";
import { StylusError } from "../../base/errors";
import { descriptorFolders, readDescriptors, type Descriptor } from "./firmware-descriptor";

export interface FirmwareRequest {
  readonly firmware: Firmware;
  readonly secureBoot: boolean;
  /** QEMU's machine type, with or without a version: `pc`, `q35`, `pc-q35-6.2`. */
  readonly machineType: string;
}

/** QEMU's firmware. Both files are raw, for the two pflash drives. */
export type FirmwareFiles =
  // SeaBIOS is part of QEMU's package.
  | { readonly firmware: "bios" }
  | {
      readonly firmware: "uefi";
      readonly codePath: string;
      /** Copied for each machine, which writes its boot entries into the copy. */
      readonly variablesTemplate: string;
      /** Secure Boot protects its variables with System Management Mode: `-machine smm=on`. */
      readonly needsSmm: boolean;
    };

/** Finds the firmware by QEMU's descriptors: the first that fits, in the order of QEMU's specification. */
export async function findFirmware(
  request: FirmwareRequest,
  folders: readonly string[] = descriptorFolders(),
): Promise<FirmwareFiles> {
  if (request.firmware === "bios") return { firmware: "bios" };
  for (const descriptor of await readDescriptors(folders)) {
    const files = filesFor(descriptor, request);
    if (files !== undefined && (await formOneFlash(files))) return files;
  }
  throw firmwareMissing(request, folders);
}

type UefiFiles = Extract<FirmwareFiles, { firmware: "uefi" }>;

/** The files of a descriptor, if it fits the request. */
export function filesFor(descriptor: Descriptor, request: FirmwareRequest): UefiFiles | undefined {
  const { mapping, features } = descriptor;
  if (!descriptor["interface-types"].includes("uefi") || mapping.device !== "flash")
    return undefined;
  const template = mapping["nvram-template"];
  if (mapping.mode !== "split" || template === undefined) return undefined;
  if (mapping.executable.format !== "raw" || template.format !== "raw") return undefined;
  const fitsMachine = descriptor.targets.some(
    ({ architecture, machines }) =>
      architecture === "x86_64" && machines.some((pattern) => fits(pattern, request.machineType)),
  );
  if (!fitsMachine) return undefined;
  const enforces = features.includes("secure-boot") && features.includes("enrolled-keys");
  const needsSmm = features.includes("requires-smm");
  // Without SMM a guest could change the keys. Without Secure Boot, SMM is not needed.
  const wanted = request.secureBoot ? enforces && needsSmm : !enforces && !needsSmm;
  if (!wanted) return undefined;
  return {
    firmware: "uefi",
    codePath: mapping.executable.filename,
    variablesTemplate: template.filename,
    needsSmm,
  };
}

/** Descriptors name concrete machine types, by glob patterns: `pc-q35-*`. */
function fits(pattern: string, machineType: string): boolean {
  const aliases: Readonly<Record<string, string>> = { pc: "pc-i440fx-0", q35: "pc-q35-0" };
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(aliases[machineType] ?? machineType);
}

/**
 * Whether code and variables are the two parts of one flash image of 2 or 4 MiB. Parts of different images (a 2M CODE
 * with a 4M VARS) start, and then lose their variables; the sum of their sizes is not a power of two.
 */
async function formOneFlash({ codePath, variablesTemplate }: UefiFiles): Promise<boolean> {
  const sizes = await Promise.all(
    [codePath, variablesTemplate].map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  const [code, variables] = sizes;
  if (code === undefined || variables === undefined || variables === 0) return false;
  return Number.isInteger(Math.log2(code + variables));
}

/** Copies the variables for one machine. */
export async function copyVariables(files: UefiFiles, path: string): Promise<void> {
  await copyFile(files.variablesTemplate, path);
  // The template's own mode may be read-only.
  await chmod(path, 0o600);
}

function firmwareMissing(request: FirmwareRequest, folders: readonly string[]): StylusError {
  const kind = request.secureBoot
    ? "UEFI firmware with Secure Boot and enrolled keys"
    : "UEFI firmware";
  const fallback = request.secureBoot
    ? "or set `machine.secureBoot: false`."
    : 'or set `machine.firmware: "bios"`.';
  return new StylusError("host.firmware-missing", {
    what: `The build host has no ${kind} for the machine type "${request.machineType}".`,
    why: `No firmware descriptor in ${folders.join(", ")} describes one whose files are there.`,
    next: `On Debian and Ubuntu: sudo apt-get install -y ovmf; ${fallback}`,
  });
}
