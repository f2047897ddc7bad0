import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pause } from "../base/cancellation";
import { StylusError } from "../base/errors";
import { wantedProofs, type Proof } from "../plan/proof";
import { describeCachedDisk, diskPath, type BaseDisk } from "../system/cached-disk";
import { flush } from "../system/files/durable";
import { stampOf } from "../system/files/stamp";
import { isAdoption, noSourceError } from "./adoption";
import { intactCachedDisk, removeCachedDisk } from "./cached-base-disk";
import { log, type BuildFiles, type KeyedBuild, type KnownInstaller } from "./context";
import { diskDigest, type DiskDigest } from "./disk-digest";
import { otherBuilders, type Inventory } from "./inventory";
import { proofOf } from "./proof-of";
import { restoreDisk } from "./restore-disk";
import { inSlot } from "./stages/slot";
import { skip } from "./stages/stage";

/**
 * The disk that missing artifacts are made from: from the cache, else restored from a published artifact, else from a
 * new install. Undefined if another machine is about to publish the image, so that the caller looks for it again.
 */
export async function baseDisk(
  build: KeyedBuild,
  installer: KnownInstaller,
  found: Inventory | undefined,
): Promise<BaseDisk | undefined> {
  const cached = await intactCachedDisk(build);
  const recorded = found?.head.contentDigest;
  // An adopted image is the one that a record describes; a cached disk without a record may be another.
  const isUsable = recorded === undefined ? !isAdoption(build) : cached?.contentDigest === recorded;
  if (cached !== undefined && isUsable) {
    skip(build, "install", "the base disk is in the cache");
    return cached;
  }
  if (found !== undefined) {
    const restored = await restoredDisk(build, found);
    if (restored !== undefined) return restored;
    if (await isBuiltElsewhere(build)) return undefined;
  }
  if (isAdoption(build)) throw noSourceError(build);
  // Nothing is published any more: a cached disk of another install serves as well as a new one.
  return cached ?? (await newDisk(build, installer));
}

/** The base disk of an existing image, from the cache or restored; undefined if there is neither. */
export async function existingDisk(
  build: KeyedBuild,
  found: Inventory,
): Promise<BaseDisk | undefined> {
  const cached = await intactCachedDisk(build);
  if (cached?.contentDigest === found.head.contentDigest) return cached;
  return restoredDisk(build, found);
}

async function restoredDisk(build: KeyedBuild, found: Inventory): Promise<BaseDisk | undefined> {
  const restored = await restoreDisk(build, found);
  return restored === undefined ? undefined : keep(build, restored, found.proofs);
}

async function newDisk(build: KeyedBuild, installer: KnownInstaller): Promise<BaseDisk> {
  const folder = build.workspace.build(build.installKey);
  const disk = join(folder, "disk.raw");
  const files: BuildFiles = { folder, disk, logs: build.workspace.logs(build.installKey) };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await inSlot(build, () => build.makeDisk(build, installer, files));
  const digest = await diskDigest(build, disk);
  const proven = [{ kind: "structure" } as const, ...wantedProofs(build.plan)];
  const proofs = proven.map((it) => proofOf(build, digest.contentDigest, it));
  return keep(build, { path: disk, ...digest }, proofs);
}

/** Moves a disk into the cache. It is flushed before, because the install ran without flushes. */
async function keep(
  build: KeyedBuild,
  made: DiskDigest & { readonly path: string },
  proofs: readonly Proof[],
): Promise<BaseDisk> {
  const { workspace, installKey } = build;
  await flush(made.path);
  await removeCachedDisk(build);
  await mkdir(workspace.disk(installKey), { recursive: true, mode: 0o700 });
  const path = diskPath(workspace, installKey);
  await rename(made.path, path);
  const stamp = await stampOf(path);
  if (stamp === undefined || stamp.withoutName !== made.stamp?.withoutName) {
    await removeCachedDisk(build);
    throw new StylusError("convert.failed", {
      what: `The base disk ${made.path} changed while it was read.`,
      next: "Find out which other program writes into the cache, then run this again.",
    });
  }
  const { contentDigest } = made;
  // Not the size in the plan: an adopted image keeps the size that it was made with.
  const disk: BaseDisk = {
    path,
    contentDigest,
    virtualSizeBytes: stamp.size,
    stamp: stamp.text,
    proofs: proofs.filter((proof) => proof.contentDigest === contentDigest),
  };
  await describeCachedDisk(workspace, installKey, disk);
  await rm(workspace.build(installKey), { recursive: true, force: true });
  return disk;
}

/** Whether another machine began to build this image not long ago; waits a little if so. */
async function isBuiltElsewhere(build: KeyedBuild): Promise<boolean> {
  const { install: minutes, publish } = build.plan.timeouts;
  const oldest = Date.now() - (minutes * 3 + publish) * 60_000;
  const others = await otherBuilders(build);
  if (!others.some(({ time }) => Date.parse(time) > oldest)) return false;
  log(build, "Another machine is publishing the same image; waiting for it.");
  await pause(5000, build.signal);
  return true;
}
