import { dirname } from "node:path/posix";
import { StylusError } from "../../base/errors";
import { cliOwner, recordPaths } from "../../plan/record";
import { readMarkers } from "../../records/markers";
import { readRecords } from "../../records/lookup";
import { readRecordedImage } from "../../records/record";
import type { RecordStore } from "../../targets/record-store";
import { isListedFor, type Target } from "../../targets/target";
import { cliInstance } from "../input/cli-instance";

/** An image with an owner marker of the CLI. */
export interface OwnedImage {
  readonly installKey: string;
  readonly instance: string;
}

/**
 * Every image that the CLI owns at these targets, under any name. For targets without records, this is what the cache
 * of this machine recorded.
 */
export async function findOwned(
  targets: readonly Target[],
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<OwnedImage[]> {
  const stores = targets.map(({ capabilities }) => capabilities.records ?? cacheRecords);
  const found = await readRecords(stores, ownedIn, { signal });
  const published = targets.map(async (target, index) => {
    const here = found[index] ?? [];
    const isListed = target.capabilities.records !== undefined;
    return isListed ? here : publishedAt(target, here, cacheRecords, signal);
  });
  const owned = (await Promise.all(published)).flat();
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

/** The images with a publication at this target, according to the cache's records. */
async function publishedAt(
  target: Target,
  owned: readonly OwnedImage[],
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<OwnedImage[]> {
  const images = await Promise.all(
    owned.map(async (image) => {
      const record = await readRecordedImage(cacheRecords, image.installKey, signal);
      return record.publications.some((publication) => isListedFor(target, publication))
        ? [image]
        : [];
    }),
  );
  return images.flat();
}

/** The images that the user means: by ID or install key, by name, or the only one. */
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
    what: `The CLI owns ${wanted === undefined ? "no image" : `no image "${wanted}"`} at these targets.`,
    why:
      owned.length === 0
        ? "`remove` only removes images that the CLI published, not those of Pulumi resources."
        : undefined,
    next: "Check --to and --name; an image belongs to the name that it was built with.",
    problems: listed(owned),
  });
}

function ambiguous(found: readonly OwnedImage[]): StylusError {
  return new StylusError("input.invalid", {
    what: `The CLI owns ${found.length} images at these targets.`,
    next: "Give the ID or the install key of one of them.",
    problems: listed(found),
  });
}

function listed(images: readonly OwnedImage[]) {
  return images.map(({ installKey, instance }) => ({ path: installKey, reason: `(${instance})` }));
}
