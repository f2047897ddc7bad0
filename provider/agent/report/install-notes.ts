import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { accelerators, installerKinds } from "../../schema/names";

/** Facts about an install, in a file beside its logs, for the reports of later builds of the same image. */
const installNotesSchema = z.object({
  host: z
    .object({
      accelerator: z.enum(accelerators),
      reason: z.string(),
      cpuModel: z.string(),
      cpus: z.number(),
      memoryBytes: z.number(),
      tools: z.record(z.string(), z.string()),
    })
    .optional(),
  installer: z
    .object({ kind: z.enum(installerKinds), volumeLabel: z.string(), sizeBytes: z.number() })
    .optional(),
  disk: z
    .object({
      table: z.enum(["gpt", "dos", "none"]),
      partitions: z.array(
        z.object({
          number: z.number(),
          name: z.string().optional(),
          start: z.number(),
          sizeBytes: z.number(),
          fileSystem: z.object({ type: z.string(), label: z.string().optional() }).optional(),
          health: z.enum(["clean", "damaged", "not checked"]),
        }),
      ),
    })
    .optional(),
});
export type InstallNotes = z.infer<typeof installNotesSchema>;

const fileIn = (logs: string): string => join(logs, "install-notes.json");

/** Notes of an earlier build in the same folder; empty where there are none. */
export async function readInstallNotes(logs: string): Promise<InstallNotes> {
  try {
    return installNotesSchema.parse(JSON.parse(await readFile(fileIn(logs), "utf8")));
  } catch {
    return {};
  }
}

export async function writeInstallNotes(logs: string, notes: InstallNotes): Promise<void> {
  const partial = `${fileIn(logs)}.partial`;
  // The schema drops all other facts about the disk, such as its files.
  await writeFile(partial, JSON.stringify(installNotesSchema.parse(notes)), { mode: 0o600 });
  await rename(partial, fileIn(logs));
}
