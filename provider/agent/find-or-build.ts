import { needsDisk } from "../plan/formats";
import { claimHead, replaceHead } from "../records/record";
import { isAdoption, noSourceError } from "./adoption";
import { baseDisk } from "./base-disk";
import { log, recordStores, type KeyedBuild, type KnownInstaller } from "./context";
import { requireWritableTargets } from "./stages/check-targets";
import { headOf } from "./image-state";
import { takeInventory, type Inventory } from "./inventory";

/** Finds the image that the publications belong to, and the base disk for missing artifacts; installs it if necessary. */
export async function findOrBuild(
  build: KeyedBuild,
  installer: KnownInstaller,
): Promise<Inventory> {
  for (;;) {
    const found = await takeInventory(build);
    if (found?.complete === true) return found;
    await requireWritableTargets(build, found);
    if (!needsBaseDisk(build, found)) return found ?? (await startWithoutDisk(build, installer));
    // An image that was never installed cannot be restored, and no other machine is making its disk.
    const installed = found?.head.contentDigest === undefined ? undefined : found;
    const disk = await baseDisk(build, installer, installed);
    // Another machine is about to publish this image: take the inventory again.
    if (disk === undefined) continue;
    const proofs = [...(found?.proofs ?? []), ...(disk.proofs ?? [])];
    if (disk.contentDigest === found?.head.contentDigest) return { ...found, disk, proofs };

    const head = headOf(build, installer.sha256, disk);
    const writeHead = installed === undefined ? claimHead : replaceHead;
    const written = await Promise.all(
      recordStores(build).map((store) => writeHead(store, head, build.signal)),
    );
    if (written.every(({ contentDigest }) => contentDigest === disk.contentDigest)) {
      // Artifacts made from the installer itself stay valid with a new base disk.
      const present = (found?.present ?? []).filter(({ format }) => !needsDisk({ type: format }));
      return {
        head,
        present,
        undeployed: [],
        unchecked: [],
        complete: false,
        sources: [],
        disk,
        proofs,
      };
    }
    log(build, "Another machine finished the same image first; its image is used.");
  }
}

/** Whether a missing artifact is made from the base disk. */
function needsBaseDisk({ plan }: KeyedBuild, found: Inventory | undefined): boolean {
  return plan.destinations.some(({ format, target }) => {
    const isPresent = found?.present.some((it) => it.format === format && it.target === target);
    return needsDisk({ type: format }) && isPresent !== true;
  });
}

/** The inventory of a new image that is made from the installer alone, without an install. */
async function startWithoutDisk(build: KeyedBuild, installer: KnownInstaller): Promise<Inventory> {
  if (isAdoption(build)) throw noSourceError(build);
  const head = headOf(build, installer.sha256, undefined);
  for (const store of recordStores(build)) await claimHead(store, head, build.signal);
  return {
    head,
    present: [],
    undeployed: [],
    unchecked: [],
    complete: false,
    sources: [],
    proofs: [],
  };
}
