import type { ImageSpec } from "./image";

/** Whether a spec is that of a `SiteSeed`. */
export function isSiteSeed({ formats = [] }: Partial<Pick<ImageSpec, "formats">>): boolean {
  return formats.some(({ type }) => type === "seed");
}
