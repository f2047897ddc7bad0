import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StylusError } from "../base/errors";
import type { Publication } from "../schema/state";
import { contentDigest } from "../system/files/content-digest";
import { flush } from "../system/files/durable";
import { withSlot } from "../system/lock/lock";
import { slotCount } from "../system/host/capacity";
import { run } from "../system/process/run";
import { pause } from "../base/cancellation";
import { isAdoption, neverInstalled } from "./identify";
import { log, skip, stage, type BuildFiles, type KeyedBuild, type KnownInstaller } from "./context";
import { readCachedDisk, type BaseDisk } from "../system/cached-disk";
import { otherBuilders, type Inventory } from "./inventory";

/**
 * The disk that missing artifacts are made from: the cache's, else one restored from a published artifact, else a
 * new install. Undefined when another machine is about to publish the image, and it should be looked for again.
 */
export async function baseDisk(
  build: KeyedBuild,
  installer: KnownInstaller,
  found: Inventory | undefined,
): Promise<BaseDisk | undefined> {
  const cached = await readCachedDisk(build.workspace, build.installKey);
  const wanted = found?.head.contentDigest;
  // What is adopted is what a record describes; a disk that none describes is not known well enough.
  const isTaken = wanted === undefined ? !isAdoption(build) : cached?.contentDigest === wanted;
  if (cached !== undefined && isTaken) {
    skip(build, "install", "the base disk is in the cache");
    return cached;
  }
  if (found !== undefined) {
    const restored = await restore(build, found);
    if (restored !== undefined) return restored;
    if (await anotherIsBuilding(build)) return undefined;
  }
  if (isAdoption(build)) throw neverInstalled(build);
  // Published nowhere any more: an own disk of another install serves as well as a new one.
  return cached ?? (await newDisk(build, installer));
}

async function newDisk(build: KeyedBuild, installer: KnownInstaller): Promise<BaseDisk> {
  const files = filesOf(build);
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  const onWait = (): void => log(build, "Other builds use this machine; waiting for a free place.");
  await withSlot(build.workspace.slots, await slotCount(), { signal: build.signal, onWait }, () =>
    build.makeDisk(build, installer, files),
  );
  return keep(build, files.disk);
}

/** Into the cache: on the platter first, for the install ran without flushes. */
async function keep(build: KeyedBuild, disk: string): Promise<BaseDisk> {
  await flush(disk);
  const digest = await digestOf(build, disk);
  const folder = build.workspace.disk(build.installKey);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "disk.raw");
  await rename(disk, path);
  // An adopted image has the size that it was once made with, whatever the inputs say now.
  const facts = { contentDigest: digest, virtualSizeBytes: (await stat(path)).size };
  // The disk counts only with this beside it, so it comes last.
  await writeFile(join(folder, "disk.json.partial"), JSON.stringify(facts), { mode: 0o600 });
  await rename(join(folder, "disk.json.partial"), join(folder, "disk.json"));
  await rm(build.workspace.build(build.installKey), { recursive: true, force: true });
  return { path, ...facts };
}

async function digestOf(build: KeyedBuild, disk: string): Promise<string> {
  return contentDigest(disk, {
    signal: build.signal,
    onProgress: (done, total) =>
      build.report({
        type: "progress",
        stage: "verify",
        done,
        total,
        unit: "bytes",
        what: "content digest",
      }),
  });
}

/** A published artifact that holds every bit of the base disk gives it back. */
async function restore(build: KeyedBuild, found: Inventory): Promise<BaseDisk | undefined> {
  for (const publication of found.sources) {
    const target = build.targets.find(({ id }) => id === publication.target);
    const finding = await target?.find(publication, build.signal);
    if (target === undefined || finding?.state !== "present") continue;
    const folder = build.workspace.build(build.installKey);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const copy = join(folder, `retrieved.${publication.format}`);
    const disk = join(folder, "disk.raw");
    const isWhole = await stage(build, "fetch", build.plan.timeouts.fetch, async ({ signal }) => {
      log(build, `The base disk is restored from ${publication.uri}.`);
      await target.retrieve(publication, copy, {
        signal,
        onProgress: (done, total) =>
          build.report({ type: "progress", stage: "fetch", done, total, unit: "bytes" }),
      });
      return toRaw(copy, publication, disk, signal).then(() => true, unlessDamaged);
    });
    await rm(copy, { force: true });
    if (isWhole && (await digestOf(build, disk)) === found.head.contentDigest) {
      return keep(build, disk);
    }
    await rm(disk, { force: true });
    log(build, `${publication.uri} does not hold what its record says; it is not used.`);
  }
  return undefined;
}

/** A copy that cannot be unpacked is as good as none: there may be another. */
function unlessDamaged(thrown: unknown): false {
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

/** Waits a little where a marker says that somebody else has begun not long ago. */
async function anotherIsBuilding(build: KeyedBuild): Promise<boolean> {
  const { install: minutes, publish } = build.plan.timeouts;
  const oldest = Date.now() - (minutes * 3 + publish) * 60_000;
  const others = await otherBuilders(build);
  if (!others.some(({ time }) => Date.parse(time) > oldest)) return false;
  log(build, "Another machine is publishing the same image; waiting for it.");
  await pause(5000, build.signal);
  return true;
}

function filesOf(build: KeyedBuild): BuildFiles {
  const folder = build.workspace.build(build.installKey);
  return { folder, disk: join(folder, "disk.raw"), logs: build.workspace.logs(build.installKey) };
}
