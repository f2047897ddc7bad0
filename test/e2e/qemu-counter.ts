import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A wrapper around QEMU, first on PATH, that records each start, so that the count does not depend on our code. */
export interface QemuCounter {
  readonly folder: string;
  installs(): Promise<number>;
  verifications(): Promise<number>;
  remove(): Promise<void>;
}

export async function countQemu(): Promise<QemuCounter> {
  const folder = await mkdtemp(join(tmpdir(), "qemu-counter-"));
  const log = join(folder, "starts.log");
  const program = join(folder, "qemu-system-x86_64");
  await writeFile(log, "");
  await writeFile(
    program,
    `#!/bin/sh\necho "$*" >> '${log}'\nexec /usr/bin/qemu-system-x86_64 "$@"\n`,
  );
  await chmod(program, 0o755);
  const starts = async (): Promise<string[]> => {
    const lines = (await readFile(log, "utf8")).split("\n");
    return lines.filter((line) => line.includes("system-disk"));
  };
  return {
    folder,
    installs: async () => (await starts()).filter((it) => !it.includes("virtserialport")).length,
    verifications: async () =>
      (await starts()).filter((it) => it.includes("virtserialport")).length,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
