import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { StylusError } from "../base/errors";
import { lookUpPublications } from "../records/lookup";
import type { Publication } from "../schema/state";
import { run } from "../system/process/run";
import type { Target } from "../targets/target";
import { log, type KeyedBuild } from "./context";
import { diskDigest, type DiskDigest } from "./disk-digest";
import type { Inventory } from "./inventory";
import { stage } from "./stages/stage";

interface RestoredDisk extends DiskDigest {
  readonly path: string;
}

/** Restores the base disk from a published lossless artifact; undefined if no artifact gives the recorded digest. */
export async function restoreDisk(
  build: KeyedBuild,
  found: Inventory,
): Promise<RestoredDisk | undefined> {
  const folder = build.workspace.build(build.installKey);
  const path = join(folder, "disk.raw");
  for (const publication of found.sources) {
    const target = build.targets.find(({ id }) => id === publication.target);
    if (target === undefined) continue;
    const [finding] = await lookUpPublications([{ target, publication }], build);
    if (finding?.state !== "present") continue;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (await retrieve(build, target, publication, path)) {
      const digest = await diskDigest(build, path);
      if (digest.contentDigest === found.head.contentDigest) return { path, ...digest };
    }
    await rm(path, { force: true });
    log(build, `${publication.uri} does not have the recorded content; it is not used.`);
  }
  return undefined;
}

/** Downloads and unpacks an artifact; false if it is damaged, because another one may not be. */
async function retrieve(
  build: KeyedBuild,
  target: Target,
  publication: Publication,
  disk: string,
): Promise<boolean> {
  const copy = join(build.workspace.build(build.installKey), `retrieved.${publication.format}`);
  const isWhole = await stage(build, "fetch", build.plan.timeouts.fetch, async ({ signal }) => {
    log(build, `The base disk is restored from ${publication.uri}.`);
    await target.retrieve(publication, copy, {
      signal,
      onProgress: (done, total) =>
        build.report({ type: "progress", stage: "fetch", done, total, unit: "bytes" }),
    });
    return toRaw(copy, publication, disk, signal).then(() => true, falseIfDamaged);
  });
  await rm(copy, { force: true });
  return isWhole;
}

function falseIfDamaged(thrown: unknown): false {
  if (thrown instanceof StylusError && thrown.code === "convert.failed") return false;
  throw thrown;
}

async function toRaw(
  copy: string,
  publication: Publication,
  disk: string,
  signal: AbortSignal,
): Promise<void> {
  const { expandRaw, rawCompressionOf } =
    require("../formats/raw/convert") as typeof import("../formats/raw/convert");
  const compression = rawCompressionOf(publication.mediaType);
  if (publication.format === "raw" && compression !== "none") {
    return expandRaw(copy, compression, disk, signal);
  }
  const args = ["convert", "-f", publication.format, "-O", "raw", copy, disk];
  await run("qemu-img", args, { signal, code: "convert.failed" });
}
