import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonMap } from "../plan/canonical-json";
import { seedFiles } from "../plan/user-data";
import { run } from "../system/run";

/** A CD labelled `cidata` with that cloud-config, readable by its owner only. */
export async function makeSeed(
  path: string,
  document: JsonMap,
  signal: AbortSignal,
): Promise<void> {
  const folder = `${path}.files`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    for (const [name, text] of Object.entries(seedFiles(document))) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
    }
    // Created empty first: xorriso keeps the mode of a file that exists.
    await writeFile(path, "", { mode: 0o600 });
    await run(
      "xorriso",
      [
        "-as",
        "mkisofs",
        "-quiet",
        "-volid",
        "cidata",
        "-joliet",
        "-rational-rock",
        "-o",
        path,
        folder,
      ],
      { signal, code: "internal", next: "Run `stylus-image doctor`." },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
