import { execa } from "execa";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toolTable } from "../../provider/system/process/tool-table";
import type { Place } from "./place";

/** Wrappers around all tools, first on PATH, because most tools end too soon to be sampled in `/proc`. */
export interface ToolLog {
  readonly folder: string;
  /** The command line and environment of each start. */
  read(): Promise<string>;
}

export async function logTools(place: Place): Promise<ToolLog> {
  const folder = join(place.folder, "tools");
  const log = join(folder, "starts");
  await mkdir(folder);
  await writeFile(log, "");
  for (const name of Object.keys(toolTable)) {
    const { stdout: path } = await execa("which", [name], {
      env: { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
    });
    const script = `#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ >> '${log}'\nexec ${path} "$@"\n`;
    await writeFile(join(folder, name), script, { mode: 0o755 });
  }
  return { folder, read: () => readFile(log, "utf8") };
}
