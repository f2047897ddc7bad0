import type { InstallerKind } from "../../schema/names";
import { inspectInstalledDisk } from "../../system/disk/inspect";
import type { KeyedBuild } from "../context";

/** The kind of installer, from the raw disk that it left if the plan does not say it: the disk may come from the cache. */
export async function kindOf(build: KeyedBuild, disk: string): Promise<InstallerKind> {
  const { kind } = build.plan.installer;
  if (kind !== "auto") return kind;
  const { partitions } = await inspectInstalledDisk(disk, build.signal);
  const isKairos = partitions.some(({ fileSystem }) => fileSystem?.label === "COS_STATE");
  return isKairos ? "kairos" : "generic";
}
