import { z } from "zod";

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

const units: Record<string, number> = {
  "": 1,
  b: 1,
  // One letter is binary, as in qemu-img and in the old builder's DISK_SIZE=100000M.
  k: KiB,
  m: MiB,
  g: GiB,
  t: 1024 * GiB,
  kib: KiB,
  mib: MiB,
  gib: GiB,
  tib: 1024 * GiB,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** Parses `"40GiB"`, `"100000M"`, `"8GB"` or a plain number to bytes. Undefined for other text. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = units[match?.[2]?.toLowerCase() ?? "?"];
  if (match === null || unit === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size in the input: a number of bytes, or text with a unit. The output is in bytes. */
export const sizeSchema = z
  .union(
    [z.number(), z.string()],
    'must be a number of bytes, or text with a unit, such as "40GiB"',
  )
  .transform((value, context) => {
    const bytes = typeof value === "number" ? value : parseSize(value);
    if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    context.addIssue({
      code: "custom",
      message: `"${value}" is not a size; write a number with a unit, such as "40GiB"`,
    });
    return z.NEVER;
  });

/** Formats bytes for messages: `107374182400` becomes `100 GiB`. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of [
    ["TiB", 1024 * GiB],
    ["GiB", GiB],
    ["MiB", MiB],
    ["KiB", KiB],
  ] as const) {
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`;
  }
  return `${bytes} bytes`;
}
