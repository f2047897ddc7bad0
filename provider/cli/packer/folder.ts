import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeSeed } from "../../formats/iso/seed";
import type { JsonMap } from "../../base/json";
import { packerTemplate, type PackerExport, type PackerTemplate } from "../../plan/packer/template";
import { writeHclTemplate, writeJsonTemplate, type SeedLocation } from "../../plan/packer/write";
import { seedFiles } from "../../plan/user-data/seed-files";
import { asStylusError, StylusError } from "../../base/errors";
import { findTools } from "../../system/process/tools";

/** The contents of the files that only their owner may read. */
export interface Secrets {
  readonly userData: JsonMap;
  readonly secrets: ReadonlyMap<string, string>;
}

interface WrittenFolder {
  readonly folder: string;
  /** Relative to the folder. */
  readonly files: readonly string[];
}

/** Writes the files to a temporary folder beside the final one, and renames it when it is complete. */
export async function writePackerFolder(
  folder: string,
  exported: PackerExport,
  { userData, secrets }: Secrets,
  signal: AbortSignal,
): Promise<WrittenFolder> {
  await findTools(["xorriso"], signal);
  const files: string[] = [];
  try {
    await mkdir(dirname(folder), { recursive: true });
    const partial = await mkdtemp(join(dirname(folder), `.${basename(folder)}.partial-`));
    try {
      const write = async (name: string, text: string, mode: number): Promise<void> => {
        await writeFile(join(partial, name), text, { mode });
        files.push(name);
      };
      const writeTemplate = async (at: string, template: PackerTemplate, seed: SeedLocation) => {
        await write(join(at, "template.pkr.hcl"), writeHclTemplate(template, seed), 0o644);
        await write(join(at, "template.json"), writeJsonTemplate(template, seed), 0o644);
      };
      await writeTemplate("", packerTemplate(exported, "all at once"), ".");
      if (exported.formats.length > 1) {
        await mkdir(join(partial, "by-format"));
        await writeTemplate("by-format", packerTemplate(exported, "one a format"), "..");
      }
      await makeSeed(join(partial, "seed.iso"), seedFiles(userData), signal);
      files.push("seed.iso");
      for (const [name, text] of secrets) await write(name, text, 0o600);
      // QEMU keeps the mode of an existing file, and a guest may print a token on its console.
      await write("serial.log", "", 0o600);
      const secret = ["seed.iso", "serial.log", ...secrets.keys(), "output-*/", "*.iso"];
      await write(".gitignore", `${secret.join("\n")}\n`, 0o644);
      await rename(partial, folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  } catch (thrown) {
    if (thrown instanceof StylusError) throw thrown;
    throw new StylusError("input.invalid", {
      what: `The template cannot be written to ${folder}: ${asStylusError(thrown).details.what}`,
      next: "Choose another folder with --to, or free disk space there.",
      cause: thrown,
    });
  }
  return { folder, files };
}
