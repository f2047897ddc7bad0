/** QEMU's exit code after isa-debug-exit with 0x2a, for a correct sum: `2 * 0x2a + 1`. */
export const successExitCode = 85;
/** Printed by the guest at the start and at the end of its loop. */
export const loopBegins = "S";
export const loopEnds = "E";

/**
 * The guest of the benchmark, assembled by hand: bytes, addresses from 0x7c00, instructions. It enters long mode, uses an
 * SSE register, adds up the numbers from 20,000,000 to 1 through memory, prints its start and its end (debug port 0xe9),
 * and exits with a code that says whether the sum is correct.
 */
const listing = [
  // 16 bits: flat segments, and no interrupts, because there is no handler.
  "fa", //                          7c00  cli
  "31 c0", //                       7c01  xor  ax, ax
  "8e d8", //                       7c03  mov  ds, ax
  "8e c0", //                       7c05  mov  es, ax
  "8e d0", //                       7c07  mov  ss, ax
  "bc 00 7c", //                    7c09  mov  sp, 0x7c00
  // Page tables at 0x1000 (PML4), 0x2000 (PDPT), 0x3000 (PD): the first 2 MiB map to themselves.
  "66 bf 00 10 00 00", //           7c0c  mov  edi, 0x1000
  "66 31 c0", //                    7c12  xor  eax, eax
  "66 b9 00 0c 00 00", //           7c15  mov  ecx, 3072
  "fc", //                          7c1b  cld
  "67 66 f3 ab", //                 7c1c  rep  stosd [edi]
  "66 c7 06 00 10 03 20 00 00", //  7c20  mov  dword [0x1000], 0x2003    present, writable
  "66 c7 06 00 20 03 30 00 00", //  7c29  mov  dword [0x2000], 0x3003
  "66 c7 06 00 30 83 00 00 00", //  7c32  mov  dword [0x3000], 0x0083    a page of 2 MiB
  "66 b8 20 06 00 00", //           7c3b  mov  eax, 0x620                PAE, OSFXSR, OSXMMEXCPT
  "0f 22 e0", //                    7c41  mov  cr4, eax
  "66 b8 00 10 00 00", //           7c44  mov  eax, 0x1000
  "0f 22 d8", //                    7c4a  mov  cr3, eax
  "66 b9 80 00 00 c0", //           7c4d  mov  ecx, 0xc0000080           EFER
  "0f 32", //                       7c53  rdmsr
  "80 cc 01", //                    7c55  or   ah, 1                     LME
  "0f 30", //                       7c58  wrmsr
  "0f 01 16 b8 7c", //              7c5a  lgdt [0x7cb8]
  "66 b8 13 00 00 80", //           7c5f  mov  eax, 0x80000013           PG, ET, MP, PE
  "0f 22 c0", //                    7c65  mov  cr0, eax
  "ea 6d 7c 08 00", //              7c68  jmp  0x08:0x7c6d
  // 64 bits.
  "66 0f ef c0", //                 7c6d  pxor xmm0, xmm0
  "66 48 0f 7e c3", //              7c71  movq rbx, xmm0                 sum = 0
  "b0 53", //                       7c76  mov  al, 'S'
  "e6 e9", //                       7c78  out  0xe9, al
  "b9 00 2d 31 01", //              7c7a  mov  ecx, 20000000
  "be 00 40 00 00", //              7c7f  mov  esi, 0x4000
  "48 89 0e", //                    7c84  mov  [rsi], rcx
  "48 03 1e", //                    7c87  add  rbx, [rsi]
  "ff c9", //                       7c8a  dec  ecx
  "75 f6", //                       7c8c  jnz  0x7c84
  "b0 45", //                       7c8e  mov  al, 'E'
  "e6 e9", //                       7c90  out  0xe9, al
  "48 ba 80 16 8d 21 e6 b5 00 00", // 7c92 mov rdx, 200000010000000      n * (n + 1) / 2
  "b0 2a", //                       7c9c  mov  al, 0x2a                  right
  "48 39 d3", //                    7c9e  cmp  rbx, rdx
  "74 02", //                       7ca1  je   0x7ca5
  "b0 15", //                       7ca3  mov  al, 0x15                  wrong
  "e6 f4", //                       7ca5  out  0xf4, al                  isa-debug-exit
  "f4", //                          7ca7  hlt
  // GDT at 0x7ca8: nothing, and a 64-bit code segment; its pointer at 0x7cb8.
  "00 00 00 00 00 00 00 00", //     7ca8
  "00 00 00 00 00 9a 20 00", //     7cb0
  "0f 00 a8 7c 00 00", //           7cb8  limit 15, address 0x7ca8
];

/** The boot sector: 512 bytes that end with its signature. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(listing.join("").replaceAll(" ", ""), "hex").copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
