import { StylusError } from "../../base/errors";
import { modifiedLeftovers, modifiedLeftoverNotice } from "../../records/publications";
import { readRecordedImage } from "../../records/record";
import { release } from "../../records/release";
import type { Released, ReleaseScope } from "../../records/scope";
import { invalidInput } from "../../schema/parse";
import type { Publication } from "../../schema/state";
import { defaultCacheDirectory } from "../../system/workspace";
import { directoryRecords } from "../../targets/directory/records";
import { openTarget } from "../../targets/open-target";
import { isPublishedAt, type Target } from "../../targets/target";
import { readTargets } from "../input/read-targets";
import { cancellable } from "../terminal/cancellable";
import { locationOf, note, printJson, printLines, warn } from "../terminal/output";
import { findOwned, pickOwned } from "./owned-images";
import type { RemoveOptions } from "./remove-options";

/** Ends the CLI's ownership of an image and deletes the files that no other owner uses. */
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
  const read = await readTargets(options);
  if (read.problems.length > 0) throw invalidInput(read.problems);
  const targets = read.value.map((spec) => openTarget(spec, context));
  const cacheRecords = directoryRecords(cacheDirectory, "the local cache");
  const owned = await findOwned(targets, cacheRecords, signal);
  const released: Released[] = [];
  for (const { installKey, instance } of pickOwned(owned, image, options.name)) {
    const known = await readRecordedImage(cacheRecords, installKey, signal);
    // The cache's record is deleted with the last target, and --to may not name all targets of the image.
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

/** The owners of files at a target without records are only known from the image's other targets. */
function refuseWithoutRecords(
  installKey: string,
  targets: readonly Target[],
  unnamed: readonly Publication[],
): void {
  const without = targets.find(({ capabilities }) => capabilities.records === undefined);
  if (without === undefined) return;
  throw new StylusError("input.invalid", {
    what: `The image ${installKey} cannot be removed from ${without.id} alone.`,
    why: "This target keeps no records; only the image's other targets know whether another owner uses the files.",
    next: "Give all of its targets with --to. Files that another owner uses are kept.",
    problems: [...new Set(unnamed.map(({ target }) => target))].map((target) => ({
      path: "--to",
      reason: `does not include ${target}`,
    })),
  });
}

function describeReleased({ removed, kept }: Released): string[] {
  return [
    ...removed.map((publication) => `removed  ${publication.format}  ${locationOf(publication)}`),
    ...kept.flatMap(({ target, owners }) =>
      owners.map(({ owner, state }) => `kept     at ${target}: owned by ${owner} (${state})`),
    ),
    ...(removed.length + kept.length === 0 ? ["Nothing is published there anymore."] : []),
  ];
}
