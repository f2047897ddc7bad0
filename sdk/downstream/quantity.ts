import { refused } from "./refused";

const binary = [
  ["Gi", 1024 ** 3],
  ["Mi", 1024 ** 2],
  ["Ki", 1024],
] as const;

/** Bytes of a size as users write it: a number of bytes, or text such as `40GiB`. */
export function bytesOf(name: string, size: number | string): number {
  const bytes = typeof size === "number" ? size : parse(size);
  if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw refused({
    what: `\`${name}\` is "${size}", which is no size.`,
    next: 'Give a number of bytes, or text with a unit, such as "40GiB".',
  });
}

/** Kubernetes' way to write a number of bytes: `100Gi`. */
export function quantityOf(bytes: number): string {
  for (const [suffix, unit] of binary) {
    if (bytes % unit === 0) return `${bytes / unit}${suffix}`;
  }
  return String(bytes);
}

function parse(text: string): number | undefined {
  // Kubernetes' own way to write it is taken, too.
  const size = text.replace(/([KMGT]i)$/, "$1B");
  // A program that writes no size as text does not wait for zod to be loaded.
  return (
    require("../../provider/base/size") as typeof import("../../provider/base/size")
  ).parseSize(size);
}
