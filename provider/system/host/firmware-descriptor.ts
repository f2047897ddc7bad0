import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/**
 * The used part of a firmware descriptor, QEMU's own interchange format (docs/interop/firmware.json in QEMU's source).
 */
export const descriptorSchema = z.object({
  "interface-types": z.array(z.string()),
  mapping: z.discriminatedUnion("device", [
    z.object({
      device: z.literal("flash"),
      /** Since QEMU 7.0; `split` unless given. */
      mode: z.string().default("split"),
      executable: z.object({ filename: z.string(), format: z.string() }),
      "nvram-template": z.object({ filename: z.string(), format: z.string() }).optional(),
    }),
    z.object({ device: z.literal("kernel") }),
    z.object({ device: z.literal("memory") }),
  ]),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});
export type Descriptor = z.infer<typeof descriptorSchema>;

/** The folders of descriptors, with the highest priority first: the user's, the machine's, the distribution's. */
export function descriptorFolders(): readonly string[] {
  const config = process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config");
  return [
    join(config, "qemu", "firmware"),
    "/etc/qemu/firmware",
    "/usr/share/qemu/firmware",
    "/usr/local/share/qemu/firmware",
  ];
}

/**
 * Descriptors in the order of preference: by file name, whatever the folder. Of several with one name only that of the
 * folder with the highest priority counts; an empty one hides the others.
 */
export async function readDescriptors(folders: readonly string[]): Promise<readonly Descriptor[]> {
  const chosen = new Map<string, string>();
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.endsWith(".json") && !chosen.has(name)) chosen.set(name, join(folder, name));
    }
  }
  const ordered = [...chosen.keys()].sort();
  const read = await Promise.all(ordered.map((name) => readDescriptor(chosen.get(name) ?? "")));
  return read.filter((descriptor) => descriptor !== undefined);
}

/** Undefined for a descriptor that cannot be read or parsed, for example with a newer device type. */
async function readDescriptor(path: string): Promise<Descriptor | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  try {
    return descriptorSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
