import { dirname } from "node:path/posix";
import { cliOwner, recordPaths } from "../../plan/record";
import { readRecordedImage } from "../../records/record";
import { readMarkers } from "../../records/markers";
import type { RecordStore, Target } from "../../targets/target";
import { StylusError } from "../../base/errors";
import { cliInstance } from "../input/prepare";

/** An image that a marker of the command line holds. */
export interface OwnedImage {
  readonly installKey: string;
  readonly instance: string;
}

/**
 * Every image that the command line owns at these targets, under whatever name. What it published at a target without
 * records, the cache of the machine knows that it ran on.
 */
export async function findOwned(
  targets: readonly Target[],
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<OwnedImage[]> {
  const owned: OwnedImage[] = [];
  for (const target of targets) {
    const found = await ownedIn(target.records ?? cacheRecords, signal);
    owned.push(
      ...(target.records === undefined
        ? await lyingAt(target, found, cacheRecords, signal)
        : found),
    );
  }
  return [...new Map(owned.map((it) => [`${it.installKey} ${it.instance}`, it])).values()];
}

async function ownedIn(store: RecordStore, signal: AbortSignal): Promise<OwnedImage[]> {
  const owned: OwnedImage[] = [];
  const paths = await store.list(`${dirname(recordPaths.requests)}/`, signal);
  const keys = paths.flatMap((path) => /\/([0-9a-f]{64})\/owners\//.exec(path)?.[1] ?? []);
  for (const installKey of new Set(keys)) {
    for (const { owner, instance } of await readMarkers(store, installKey, signal)) {
      if (owner === cliOwner) owned.push({ installKey, instance });
    }
  }
  return owned;
}

/** Of the images in the cache's records, those that were published at this target. */
async function lyingAt(
  target: Target,
  owned: readonly OwnedImage[],
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<OwnedImage[]> {
  const here = await Promise.all(
    owned.map(async (image) => {
      const record = await readRecordedImage(cacheRecords, image.installKey, signal);
      return record.publications.some((publication) => target.holds(publication)) ? [image] : [];
    }),
  );
  return here.flat();
}

/** The image that is meant: by ID, by install key, or by being the only one. */
export function pickOwned(
  owned: readonly OwnedImage[],
  image: string | undefined,
  name: string | undefined,
): readonly OwnedImage[] {
  const id = /^(.+)-([0-9a-f]{12})$/.exec(image ?? "");
  const wantedName = name ?? id?.[1];
  const found = owned.filter(
    ({ installKey, instance }) =>
      (image === undefined || image === installKey || installKey.slice(0, 12) === id?.[2]) &&
      (wantedName === undefined || instance === cliInstance(wantedName)),
  );
  if (found.length === 0) throw notOwned(owned, image ?? name);
  if (image === undefined && found.length > 1) throw ambiguous(found);
  return found;
}

function notOwned(owned: readonly OwnedImage[], wanted: string | undefined): StylusError {
  return new StylusError("input.invalid", {
    what: `The command line owns ${wanted === undefined ? "no image" : `no image "${wanted}"`} at these targets.`,
    why:
      owned.length === 0
        ? "Only what `stylus-image build` published can be removed here, not a Pulumi resource's image."
        : undefined,
    next: "Check --to and --name: the name is a part of whose image it is.",
    problems: listed(owned),
  });
}

function ambiguous(found: readonly OwnedImage[]): StylusError {
  return new StylusError("input.invalid", {
    what: `The command line owns ${found.length} images at these targets.`,
    next: "Name one by its ID or install key.",
    problems: listed(found),
  });
}

function listed(images: readonly OwnedImage[]) {
  return images.map(({ installKey, instance }) => ({ path: installKey, reason: `(${instance})` }));
}
