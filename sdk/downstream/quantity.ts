import { inputError } from "./input-error";

const binary = [
  ["Gi", 1024 ** 3],
  ["Mi", 1024 ** 2],
  ["Ki", 1024],
] as const;

/** Parses a size: a number of bytes, or text such as `40GiB`. */
export function bytesOf(name: string, size: number | string): number {
  const bytes = typeof size === "number" ? size : parse(size);
  if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw inputError({
    what: `\`${name}\` is "${size}", which is not a size.`,
    next: 'Use a number of bytes, or text with a unit, such as "40GiB".',
  });
}

/** Formats a number of bytes as a Kubernetes quantity, such as `100Gi`. */
export function quantityOf(bytes: number): string {
  for (const [suffix, unit] of binary) {
    if (bytes % unit === 0) return `${bytes / unit}${suffix}`;
  }
  return String(bytes);
}

function parse(text: string): number | undefined {
  // Kubernetes quantities such as `40Gi` are accepted too.
  const size = text.replace(/([KMGT]i)$/, "$1B");
  // Loads zod only for a size that is text.
  return (
    require("../../provider/base/size") as typeof import("../../provider/base/size")
  ).parseSize(size);
}
