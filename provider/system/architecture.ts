import { constants, gunzipSync } from "node:zlib";

/** An instruction set, as Debian names it. */
export type Architecture = "amd64" | "arm" | "arm64" | "i386" | "ia64" | "loong64" | "riscv64";

/** File names on UEFI's removable path (UEFI specification, section 3.5.1.1). */
const loaderNames: Readonly<Record<string, Architecture>> = {
  "BOOTX64.EFI": "amd64",
  "BOOTAA64.EFI": "arm64",
  "BOOTIA32.EFI": "i386",
  "BOOTARM.EFI": "arm",
  "BOOTIA64.EFI": "ia64",
  "BOOTRISCV64.EFI": "riscv64",
  "BOOTLOONGARCH64.EFI": "loong64",
};

/** The architecture for which a path is UEFI's removable path; undefined for any other path. */
export function loaderArchitecture(path: string): Architecture | undefined {
  const [, name] = /^\/EFI\/BOOT\/([^/]+)$/.exec(path.toUpperCase()) ?? [];
  return name === undefined ? undefined : loaderNames[name];
}

/** How much of a program `programArchitecture` needs. */
export const programHeadBytes = 4096;

/** The architecture of a kernel or another program by its first bytes; undefined if they do not tell. */
export function programArchitecture(head: Buffer): Architecture | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return programArchitecture(unpacked(head));
  return linuxImage(head) ?? portableExecutable(head) ?? elf(head);
}

/** The beginning of what gzip packed: kernels of arm64 are often packed as a whole. */
function unpacked(head: Buffer): Buffer {
  try {
    const whole = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
    // Packed again it is no kernel.
    return whole[0] === 0x1f ? Buffer.alloc(0) : whole;
  } catch {
    return Buffer.alloc(0);
  }
}

/** Linux: Documentation/arch/x86/boot.rst, arm64/booting.rst and riscv/boot-image-header.rst. */
function linuxImage(head: Buffer): Architecture | undefined {
  if (head.toString("latin1", 0x202, 0x206) === "HdrS" && head.length > 0x238) {
    // Bit 0 of xloadflags: there is an entry point for 64 bits.
    return (head.readUInt16LE(0x236) & 1) === 1 ? "amd64" : "i386";
  }
  const magic = head.toString("latin1", 0x38, 0x3c);
  if (magic === "ARMd") return "arm64";
  return magic === "RSC\u0005" ? "riscv64" : undefined;
}

/** Machine types of Microsoft's PE format. */
const peMachines: Readonly<Record<number, Architecture>> = {
  0x8664: "amd64",
  0xaa64: "arm64",
  0x14c: "i386",
  0x1c2: "arm",
  0x1c4: "arm",
  0x200: "ia64",
  0x5064: "riscv64",
  0x6264: "loong64",
};

/** Programs of UEFI, among them kernels that unpack themselves ("EFI zboot"). */
function portableExecutable(head: Buffer): Architecture | undefined {
  if (head.toString("latin1", 0, 2) !== "MZ" || head.length < 0x40) return undefined;
  const at = head.readUInt32LE(0x3c);
  if (head.toString("latin1", at, at + 4) !== "PE\0\0" || at + 6 > head.length) return undefined;
  return peMachines[head.readUInt16LE(at + 4)];
}

/** Machine numbers of the System V ABI. */
const elfMachines: Readonly<Record<number, Architecture>> = {
  3: "i386",
  40: "arm",
  50: "ia64",
  62: "amd64",
  183: "arm64",
  243: "riscv64",
  258: "loong64",
};

function elf(head: Buffer): Architecture | undefined {
  if (head.toString("latin1", 0, 4) !== "\x7fELF" || head.length < 20) return undefined;
  return elfMachines[head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18)];
}
