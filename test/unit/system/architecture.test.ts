import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { loaderArchitecture, programArchitecture } from "../../../provider/system/architecture";

/** The first bytes of a program with these values at their places. */
function head(values: readonly (readonly [at: number, value: string | number])[]): Buffer {
  const bytes = Buffer.alloc(4096);
  for (const [at, value] of values) {
    if (typeof value === "number") bytes.writeUInt16LE(value, at);
    else bytes.write(value, at, "latin1");
  }
  return bytes;
}

const pe = (machine: number, more: readonly (readonly [number, string | number])[] = []) =>
  head([[0, "MZ"], [0x3c, 0x80], [0x80, "PE"], [0x84, machine], ...more]);
const elf = (machine: number) =>
  head([
    [0, "\x7fELF\u0002\u0001"],
    [18, machine],
  ]);
const arm64 = head([[0x38, "ARMd"]]);

describe("programArchitecture", () => {
  const cases: readonly (readonly [string, Buffer, string | undefined])[] = [
    [
      "a kernel of a PC with 64 bits",
      head([
        [0x202, "HdrS"],
        [0x236, 0x7f],
      ]),
      "amd64",
    ],
    [
      "a kernel of a PC with 32 bits",
      head([
        [0x202, "HdrS"],
        [0x236, 0],
      ]),
      "i386",
    ],
    [
      "a kernel of a PC that is a program of UEFI too",
      pe(0x8664, [
        [0x202, "HdrS"],
        [0x236, 1],
      ]),
      "amd64",
    ],
    ["an Image of arm64", arm64, "arm64"],
    ["an Image of arm64 that is a program of UEFI too", pe(0xaa64, [[0x38, "ARMd"]]), "arm64"],
    ["a packed Image of arm64", gzipSync(arm64), "arm64"],
    [
      "the first bytes of a packed Image",
      gzipSync(Buffer.concat([arm64, randomBytes(100_000)])).subarray(0, 4096),
      "arm64",
    ],
    ["an EFI zboot kernel of arm64", pe(0xaa64, [[4, "zimg"]]), "arm64"],
    ["an EFI zboot kernel of loong64", pe(0x6264, [[4, "zimg"]]), "loong64"],
    ["an Image of riscv64", head([[0x38, "RSC\u0005"]]), "riscv64"],
    ["a program of UEFI for 32 bits", pe(0x14c), "i386"],
    ["an ELF program of amd64", elf(62), "amd64"],
    ["an ELF program of arm64", elf(183), "arm64"],
    ["a text", Buffer.from("kernel"), undefined],
    ["nothing", Buffer.alloc(0), undefined],
    ["a program for DOS", head([[0, "MZ"]]), undefined],
    [
      "a header that points beyond the end",
      head([
        [0, "MZ"],
        [0x3c, 0xfff0],
      ]),
      undefined,
    ],
    ["damaged gzip", Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), undefined],
    ["gzip in gzip", gzipSync(gzipSync(arm64)), undefined],
  ];
  for (const [what, bytes, architecture] of cases) {
    it(`reads ${what}`, () => assert.equal(programArchitecture(bytes), architecture));
  }
});

describe("loaderArchitecture", () => {
  for (const [path, architecture] of [
    ["/EFI/BOOT/BOOTX64.EFI", "amd64"],
    ["/efi/boot/bootaa64.efi", "arm64"],
    ["/EFI/BOOT/BOOTIA32.EFI", "i386"],
    ["/EFI/BOOT/grubaa64.efi", undefined],
    ["/EFI/debian/BOOTAA64.EFI", undefined],
    ["/boot/BOOTAA64.EFI", undefined],
  ] as const) {
    it(`is ${architecture ?? "unknown"} for ${path}`, () => {
      assert.equal(loaderArchitecture(path), architecture);
    });
  }
});
