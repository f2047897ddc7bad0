import { stat } from "node:fs/promises";
import { StylusError } from "../../base/errors";

/**
 * Files as they are now, to be looked at again when all was read: what was hashed before is what an artifact holds only
 * if nobody wrote to it in between.
 */
export async function watchFiles(
  files: readonly string[],
): Promise<{ readonly requireUnchanged: () => Promise<void> }> {
  const before = await Promise.all(files.map(stampOf));
  return {
    requireUnchanged: async () => {
      const after = await Promise.all(files.map(stampOf));
      const changed = files.find((_, index) => after[index] !== before[index]);
      if (changed !== undefined) throw changedMeanwhile(changed);
    },
  };
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  if (found === undefined) return "missing";
  const { size, mtimeNs, ctimeNs, ino, dev } = found;
  return [size, mtimeNs, ctimeNs, ino, dev].join(" ");
}

function changedMeanwhile(file: string): StylusError {
  return new StylusError("installer.changed", {
    what: `${file} changed while the ISO was made of it.`,
    next: "Run it again when the program that writes it has ended.",
  });
}
