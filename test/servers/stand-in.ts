import { execa } from "execa";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../provider/system/lock/lock";

const repository = join(__dirname, "..", "..");
const source = join(repository, "examples", "installer");

export type Variant = "default" | "interactive" | "uki" | "embedded";

export interface StandIn {
  readonly payload?: string;
  readonly variant?: Variant;
  /** Content of `/files-iso/config.yaml` on the ISO `embedded`. */
  readonly userData?: string;
}

/** Builds the stand-in installer's ISO once for the content of its folder. Another payload makes another ISO. */
export async function standInInstaller(options: StandIn = {}): Promise<string> {
  const { payload = "4MiB", variant = "default", userData } = options;
  const cache = join(
    process.env["STYLUS_TEST_CACHE"] ?? join(homedir(), ".cache"),
    "pulumi-stylus-image-tests",
  );
  await mkdir(cache, { recursive: true });
  const carried = userData === undefined ? "" : `-${hashOf(userData)}`;
  const name = `stand-in-${variant}-${payload}-${await fingerprint()}${carried}.iso`;
  const iso = join(cache, name);
  if (existsSync(iso)) return iso;
  const embedded = userData === undefined ? [] : ["--user-data", `${iso}.yaml`];
  if (userData !== undefined) await writeFile(`${iso}.yaml`, userData);
  // Concurrent test processes request the same ISO.
  const { signal } = new AbortController();
  await withLock(`${iso}.lock`, { signal }, async () => {
    if (existsSync(iso)) return;
    const size = ["--payload-size", payload, "--variant", variant];
    await execa(join(source, "build-installer.sh"), ["--output", iso, ...size, ...embedded], {
      stdin: "ignore",
    });
  });
  return iso;
}

const hashOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 12);

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const entry of glob("**/*", { cwd: source, withFileTypes: true })) {
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
  }
  for (const file of files.sort())
    hash.update(file.slice(source.length)).update(await readFile(file));
  return hash.digest("hex").slice(0, 12);
}
