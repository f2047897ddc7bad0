import type { Place, Publication } from "../provider/spec/state";

/** One artifact at one target. */
export type Artifact = Publication;
export type { Place };

/** What a `StylusImage` gives, as plain data: for example through a StackReference. */
export interface StylusImageOutputs {
  readonly artifacts: readonly Artifact[];
}

/**
 * The artifact of that format, where several targets have one the first of them, or that of the `target` named.
 *
 * Throws where there is none, and says which there are.
 */
export function artifact(outputs: StylusImageOutputs, format: string, target?: string): Artifact {
  return atPlace(outputs.artifacts, format, target);
}

/** The same of anything that stands at a place. */
export function atPlace<T extends Place>(there: readonly T[], format: string, target?: string): T {
  const found = there.find(
    (it) => it.format === format && (target === undefined || it.target === target),
  );
  if (found !== undefined) return found;
  const names = there.map((it) => `${it.format} at ${it.target}`).join(", ");
  const place = target === undefined ? "" : ` at ${target}`;
  throw new Error(
    `The image has no artifact "${format}"${place}; it has ${names || "none yet"}. Add the format to \`formats\`.`,
  );
}
