import { dirname } from "node:path/posix";
import { StylusError } from "../../base/errors";
import { cliOwner, recordPaths } from "../../plan/record";
import { readMarkers } from "../../records/markers";
import { modifiedLeftovers, modifiedLeftoverNotice } from "../../records/publications";
import { readRecordedImage } from "../../records/record";
import { release } from "../../records/release";
import type { Released, ReleaseScope } from "../../records/scope";
import { invalidInput } from "../../schema/parse";
import type { Publication } from "../../schema/state";
import { defaultCacheDirectory } from "../../system/workspace";
import { directoryRecords } from "../../targets/directory/records";
import { openTarget } from "../../targets/open-target";
import type { RecordStore } from "../../targets/record-store";
import { isPublishedAt, type Target } from "../../targets/target";
import { cliInstance } from "../input/prepare";
import { readTargets } from "../input/read-targets";
import type { RemoveOptions } from "../options/image";
import { note, placeOf, printJson, printLines, warn } from "../terminal/output";
import { cancellable } from "../terminal/run-watched";

/** An image that a marker of the command line holds. */
interface OwnedImage {
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
    const { records } = target.capabilities;
    const found = await ownedIn(records ?? cacheRecords, signal);
    owned.push(
      ...(records === undefined ? await lyingAt(target, found, cacheRecords, signal) : found),
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
      return record.publications.some((publication) => isPublishedAt(target, publication))
        ? [image]
        : [];
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

/** Gives up what the command line published; deletes what nobody else owns. */
export async function remove(image: string | undefined, options: RemoveOptions): Promise<void> {
  const released = await cancellable((signal) => releaseImage(image, options, signal), note);
  if (options.json === true) printJson(released);
  else printLines(describeReleased(released));
}

async function releaseImage(
  image: string | undefined,
  options: RemoveOptions,
  signal: AbortSignal,
): Promise<Released> {
  const cacheDirectory = defaultCacheDirectory();
  const context = { rootDirectory: process.cwd(), cacheDirectory };
  const { specs, problems } = await readTargets(options);
  if (problems.length > 0) throw invalidInput(problems);
  const targets = specs.map((spec) => openTarget(spec, context));
  const cacheRecords = directoryRecords(cacheDirectory, "the local cache");
  const owned = await findOwned(targets, cacheRecords, signal);
  const released: Released[] = [];
  for (const { installKey, instance } of pickOwned(owned, image, options.name)) {
    const known = await readRecordedImage(cacheRecords, installKey, signal);
    // The cache's record goes with the last target, and there may be some that --to does not name.
    const unnamed = known.publications.filter(
      (it) => !targets.some((target) => isPublishedAt(target, it)),
    );
    if (unnamed.length > 0) refuseWithoutRecords(installKey, targets, unnamed);
    const scope: ReleaseScope = {
      targets,
      scope: unnamed.length === 0 ? "all" : "listed",
      cacheRecords,
      remainingTargets: [],
    };
    const ended = await release({ installKey, instance, publications: [] }, scope, signal);
    (await modifiedLeftovers(targets, ended.removed)).map(modifiedLeftoverNotice).forEach(warn);
    released.push(ended);
  }
  return {
    removed: released.flatMap(({ removed }) => removed),
    kept: released.flatMap(({ kept }) => kept),
  };
}

/** Who else owns what lies at a target without records, the records of the image's other targets say. */
function refuseWithoutRecords(
  installKey: string,
  targets: readonly Target[],
  unnamed: readonly Publication[],
): void {
  const without = targets.find(({ capabilities }) => capabilities.records === undefined);
  if (without === undefined) return;
  throw new StylusError("input.invalid", {
    what: `The image ${installKey} cannot be removed from ${without.id} alone.`,
    why: "That target keeps no records, so that whether somebody else uses the image must be asked of its other targets.",
    next: "Name all of them with --to: then it is removed where nobody else owns it.",
    problems: [...new Set(unnamed.map(({ target }) => target))].map((target) => ({
      path: "--to",
      reason: `does not name ${target}`,
    })),
  });
}

function describeReleased({ removed, kept }: Released): string[] {
  return [
    ...removed.map((publication) => `removed  ${publication.format}  ${placeOf(publication)}`),
    ...kept.flatMap(({ target, owners }) =>
      owners.map(({ owner, state }) => `kept     at ${target}: owned by ${owner} (${state})`),
    ),
    ...(removed.length + kept.length === 0 ? ["Nothing was published there any more."] : []),
  ];
}
