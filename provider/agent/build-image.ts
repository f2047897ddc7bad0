import { rm } from "node:fs/promises";
import { needsDisk } from "../plan/formats";
import { installKey } from "../plan/keys";
import { claimHead, replaceHead } from "../records/record";
import type { ImageState } from "../schema/state";
import { withLock } from "../system/lock/lock";
import { findIdentity, isAdoption, neverInstalled } from "./identify";
import { baseDisk } from "./base-disk";
import { log, recordStores, type Build, type KeyedBuild, type KnownInstaller } from "./context";
import { claim, finalizeRecord, abandonClaim } from "./claim";
import { fetchInstaller } from "./stages/fetch";
import { headOf } from "./image-state";
import { reportFailure, reportImage } from "./report/publish-report";
import { publishImage } from "./stages/publish";
import { takeInventory, type Inventory } from "./inventory";

/** What exists so far, told to the caller even when the build ends early. */
export type Progress = (state: ImageState) => void;

/**
 * Brings every artifact of the plan into existence at every target, doing only what is missing.
 * Create, update, adoption and going on after a crash are all this one way.
 */
export async function buildImage(build: Build, onProgress: Progress): Promise<ImageState> {
  const { key, installer } = await identify(build).catch(async (thrown: unknown) => {
    throw await reportFailure(build, {}, thrown);
  });
  return withLock(
    build.workspace.lock(key),
    {
      signal: build.signal,
      onWait: () => log(build, "Another build of the same image is under way; waiting for it."),
    },
    () => buildLocked({ ...build, installKey: key }, installer, onProgress),
  );
}

/** The install key: from the plan, from a record that the installer's validator leads to, or from the installer. */
async function identify(build: Build): Promise<{ key: string; installer: KnownInstaller }> {
  const known = await findIdentity(build);
  if (known !== undefined) {
    return { key: known.installKey, installer: { sha256: known.installerSha256 } };
  }
  const file = await fetchInstaller(build, undefined);
  const key = installKey({ ...build.plan, ...build.plan.machine }, file.sha256);
  return { key, installer: { sha256: file.sha256, file } };
}

async function buildLocked(
  build: KeyedBuild,
  installer: KnownInstaller,
  onProgress: Progress,
): Promise<ImageState> {
  const { existing } = build.plan;
  const made: { state?: ImageState } = existing === undefined ? {} : { state: existing };
  try {
    await claim(build);
    const image = await findOrBuild(build, installer);
    const state = await publishImage(build, image, installer, (progress) => {
      if (progress.artifacts.length > 0) made.state = progress;
      onProgress(progress);
    });
    await finalizeRecord(build, image.head, state);
    await rm(build.workspace.build(build.installKey), { recursive: true, force: true });
    // Where nothing was to be done, what is told of the image stays as it is.
    return image.complete ? state : await reportImage(build, image.head, state);
  } catch (thrown) {
    if (made.state === undefined) await abandonClaim(build);
    const { installKey } = build;
    const state = made.state?.installKey === installKey ? made.state : undefined;
    throw await reportFailure(build, { installKey, state }, thrown);
  }
}

/** The image that all publications are of, and the disk that missing ones are made from. */
async function findOrBuild(build: KeyedBuild, installer: KnownInstaller): Promise<Inventory> {
  for (;;) {
    const found = await takeInventory(build);
    if (found?.complete === true) return found;
    if (!lacksDisk(build, found)) return found ?? (await startWithoutDisk(build, installer));
    // Of an image that was never installed nothing can be restored, and nobody else's disk is waited for.
    const installed = found?.head.contentDigest === undefined ? undefined : found;
    const disk = await baseDisk(build, installer, installed);
    // Another machine is about to publish this image: look again.
    if (disk === undefined) continue;
    if (disk.contentDigest === found?.head.contentDigest) return { ...found, disk };

    const head = headOf(build, installer.sha256, disk);
    const enter = installed === undefined ? claimHead : replaceHead;
    const entered = await Promise.all(
      recordStores(build).map((store) => enter(store, head, build.signal)),
    );
    if (entered.every(({ contentDigest }) => contentDigest === disk.contentDigest)) {
      // What is made from the installer is as it was.
      const present = (found?.present ?? []).filter(({ format }) => !needsDisk({ type: format }));
      return { head, present, undeployed: [], complete: false, sources: [], disk };
    }
    log(build, "Another machine finished the same image first; its image is taken.");
  }
}

/** Whether what is missing cannot be made without a base disk. */
function lacksDisk({ plan }: KeyedBuild, found: Inventory | undefined): boolean {
  return plan.places.some(({ format, target }) => {
    const isHere = found?.present.some((it) => it.format === format && it.target === target);
    return needsDisk({ type: format }) && isHere !== true;
  });
}

/** An image of which only the installer is needed: nothing is installed for it. */
async function startWithoutDisk(build: KeyedBuild, installer: KnownInstaller): Promise<Inventory> {
  if (isAdoption(build)) throw neverInstalled(build);
  const head = headOf(build, installer.sha256, undefined);
  for (const store of recordStores(build)) await claimHead(store, head, build.signal);
  return { head, present: [], undeployed: [], complete: false, sources: [] };
}
