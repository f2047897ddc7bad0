import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BaseDisk } from "../../system/cached-disk";
import type { KeyedBuild } from "../context";
import { configurationError } from "./check-configuration";
import { kindOf } from "./installed-kind";
import { prepareHost } from "./prepare-host";
import { inSlot } from "./slot";
import { verifyByBooting } from "./verify";

/**
 * Boots an existing base disk once, in an overlay that is removed afterwards.
 *
 * @public loaded by `require` in run-agent.ts
 */
export async function proveDisk(build: KeyedBuild, disk: BaseDisk): Promise<void> {
  const folder = join(build.workspace.build(build.installKey), "boot");
  const logs = build.workspace.logs(build.installKey);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const host = await prepareHost(build);
    const kind = await kindOf(build, disk.path);
    const error = kind === "kairos" ? await configurationError(build, disk.path) : undefined;
    if (error !== undefined) throw error;
    const image = {
      is: "base disk",
      path: disk.path,
      driver: "raw",
      hardware: build.recipe,
    } as const;
    await inSlot(build, () => verifyByBooting(build, { folder, logs }, image, host, kind));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
