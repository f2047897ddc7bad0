import { StylusError } from "../base/errors";
import {
  missingProofs,
  proofsOf,
  subjectOf,
  wantedProofs,
  type Proof,
  type Proven,
} from "../plan/proof";
import { addProof } from "../records/proofs";
import { describeCachedDisk, type BaseDisk } from "../system/cached-disk";
import { existingDisk } from "./base-disk";
import { log, recordStores, warn, type KeyedBuild } from "./context";
import { machineOf } from "./machine-of";
import type { Inventory } from "./inventory";
import { proofOf } from "./proof-of";

/**
 * Makes the proofs that the plan's `verify` asks for and that nobody has made of this image: its base disk is booted,
 * from the cache or restored. Records what was shown.
 */
export async function proveImage(build: KeyedBuild, image: Inventory): Promise<Inventory> {
  const { contentDigest } = image.head;
  if (contentDigest === undefined) return image;
  const missing = missingProofs(wantedProofs(build.plan), knownProofs(build, image), contentDigest);
  const made = missing.length === 0 ? [] : await prove(build, image, contentDigest, missing);
  const proofs = [...image.proofs, ...made].filter((it) => it.contentDigest === contentDigest);
  await recordProofs(build, proofs);
  return { ...image, proofs };
}

/** Adds proofs to every record. */
export async function recordProofs(build: KeyedBuild, proofs: readonly Proof[]): Promise<void> {
  const { installKey, signal } = build;
  for (const store of recordStores(build)) {
    for (const proof of proofs) await addProof(store, installKey, proof, signal);
  }
}

/** The proofs in the records, and those that the resource's outputs tell of. */
export function knownProofs(
  { plan: { existing } }: Pick<KeyedBuild, "plan">,
  { proofs }: Pick<Inventory, "proofs">,
): Proof[] {
  return [...proofs, ...(existing === undefined ? [] : proofsOf(existing))];
}

async function prove(
  build: KeyedBuild,
  image: Inventory,
  contentDigest: string,
  missing: readonly Proven[],
): Promise<Proof[]> {
  const disk = await diskToBoot(build, image, missing);
  if (disk === undefined) {
    warn(
      build,
      "It is not recorded that the image was ever booted. An earlier version made it, which booted every image unless `verify.boot` was false. It is booted as soon as something is made from its base disk.",
    );
    return [];
  }
  const recorded = (disk.proofs ?? []).filter((proof) => proof.contentDigest === contentDigest);
  const unproven = missingProofs(missing, recorded, contentDigest);
  if (unproven.length === 0) return recorded;
  log(build, "The image was made without the boot that `verify` asks for; it is booted now.");
  await build.proveDisk(machineOf(build, image.head), disk);
  const made = unproven.map((proven) => proofOf(build, contentDigest, proven));
  await describe(build, disk, made);
  return made;
}

/** The disk to boot; undefined if the image is used without a boot. */
async function diskToBoot(
  build: KeyedBuild,
  image: Inventory,
  missing: readonly Proven[],
): Promise<BaseDisk | undefined> {
  if (image.disk !== undefined) return image.disk;
  // Before, a boot was the default, too. Whether a console matched an expression is not known.
  const isDefault = missing.every(({ kind }) => kind === "boot");
  const isAsBefore = isDefault && build.plan.verifyChanged !== true;
  if (isAsBefore && isOfEarlierVersion(build, image)) return undefined;
  const disk = await existingDisk(build, image);
  if (disk === undefined) throw noDiskError(build, missing);
  return disk;
}

/** Whether an earlier version made the image, and recorded nothing. This one checks and records at least the structure. */
export function isOfEarlierVersion(build: Pick<KeyedBuild, "plan">, image: Inventory): boolean {
  const wanted = [{ kind: "structure" } as const];
  return missingProofs(wanted, knownProofs(build, image), subjectOf(image.head)).length > 0;
}

/** Adds proofs to the description of the disk in the cache. */
async function describe(build: KeyedBuild, disk: BaseDisk, made: readonly Proof[]): Promise<void> {
  const proofs = [...(disk.proofs ?? []), ...made];
  await describeCachedDisk(build.workspace, build.installKey, { ...disk, proofs });
}

function noDiskError({ installKey }: KeyedBuild, missing: readonly Proven[]): StylusError {
  const wasBooted = missing.every(({ kind }) => kind !== "boot");
  const lacks = wasBooted
    ? "was never compared with this `verify.expect`"
    : "was made without the boot that `verify` asks for";
  return new StylusError("verify.no-disk", {
    what: `The image ${installKey.slice(0, 12)} ${lacks}, and it cannot be booted now.`,
    why: "Its base disk is not in this machine's cache, and no target that answered has an artifact to restore it from (raw or qcow2).",
    next: "Run this on the machine that built the image, or publish it from there as raw or qcow2 too; change `triggers` to install an image that is booted; or switch the check off (`verify.boot: false`, without `verify.expect`).",
  });
}
