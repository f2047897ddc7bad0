import { rm } from "node:fs/promises";
import { describeThrown, StylusError } from "../base/errors";
import { describeCachedDisk, findCachedDisk, type BaseDisk } from "../system/cached-disk";
import { systemCode } from "../system/files/errors";
import { stampOf } from "../system/files/stamp";
import { log, warn, type KeyedBuild } from "./context";
import { diskDigest } from "./disk-digest";

/** Removes the base disk from the cache. */
export async function removeCachedDisk({ workspace, installKey }: KeyedBuild): Promise<void> {
  await rm(workspace.disk(installKey), { recursive: true, force: true });
}

/** The base disk in the cache if its content is what was installed. A damaged one is removed, with a warning. */
export async function intactCachedDisk(build: KeyedBuild): Promise<BaseDisk | undefined> {
  const found = await findCachedDisk(build.workspace, build.installKey);
  switch (found.state) {
    case "absent":
      return undefined;
    case "damaged":
      await discard(build, found.why);
      return undefined;
    case "present": {
      const checked = await checkContent(build, found.disk);
      if (checked.state === "intact") return checked.disk;
      await discard(build, checked.why);
      return undefined;
    }
  }
}

/** Throws, and removes the disk, if its content changed since it was found intact: what was made of it is not the image. */
export async function confirmCachedDisk(build: KeyedBuild, disk: BaseDisk): Promise<void> {
  const checked = await checkContent(build, disk);
  if (checked.state === "intact") return;
  await removeCachedDisk(build);
  throw new StylusError("convert.failed", {
    what: `The base disk ${disk.path} changed while artifacts were made from it: ${checked.why}.`,
    why: "Another program wrote to it, or its storage is faulty. No artifact of the changed disk was published.",
    next: "Run this again: the disk was removed from the cache, and is restored from a published artifact or installed again.",
  });
}

async function discard(build: KeyedBuild, why: string): Promise<void> {
  warn(
    build,
    `The base disk in the cache is damaged and is removed: ${why}. It is restored from a published artifact, or installed again.`,
  );
  await removeCachedDisk(build);
}

type Checked =
  | { readonly state: "intact"; readonly disk: BaseDisk }
  | { readonly state: "damaged"; readonly why: string };

/** Compares the content with the digest, unless the stamp shows that nothing was written since it was compared last. */
async function checkContent(build: KeyedBuild, disk: BaseDisk): Promise<Checked> {
  const { path, contentDigest, stamp } = disk;
  try {
    if ((await stampOf(path))?.text === stamp && stamp !== undefined) {
      return { state: "intact", disk };
    }
    log(build, "The base disk in the cache may have changed; its content is checked.");
    const found = await diskDigest(build, path);
    const now = await stampOf(path);
    if (found.contentDigest !== contentDigest) {
      return {
        state: "damaged",
        why: `its content digest is ${found.contentDigest}, expected ${contentDigest}`,
      };
    }
    if (now === undefined || now.text !== found.stamp?.text) {
      return { state: "damaged", why: "another program writes to it" };
    }
    const checked = { ...disk, stamp: now.text };
    await describeCachedDisk(build.workspace, build.installKey, checked);
    return { state: "intact", disk: checked };
  } catch (thrown) {
    // A missing tool, for example, says nothing about the disk.
    const isOfDisk = !(thrown instanceof StylusError) && systemCode(thrown) !== undefined;
    if (!isOfDisk || build.signal.aborted) throw thrown;
    return { state: "damaged", why: describeThrown(thrown) };
  }
}
