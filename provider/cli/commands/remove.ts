import { openTarget } from "../../targets/open-target";
import { directoryRecords } from "../../targets/directory/records";
import { leftBehind, leftBehindNotice } from "../../records/_left-behind";
import { readRecordedImage } from "../../records/record";
import { release, type Released } from "../../records/release";
import type { Target } from "../../targets/target";
import { StylusError } from "../../base/errors";
import { invalidInput } from "../../schema/parse";
import type { Publication } from "../../schema/state";
import { defaultCacheDirectory } from "../../system/workspace";
import { cancellable } from "../terminal/run-watched";
import type { RemoveOptions } from "../options/image";
import { note, placeOf, printJson, printLines, warn } from "../terminal/output";
import { findOwned, pickOwned } from "./_owned-images";
import { readTargets } from "../input/read-targets";

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
    const unnamed = known.publications.filter((it) => !targets.some((target) => target.holds(it)));
    if (unnamed.length > 0) refuseWithoutRecords(installKey, targets, unnamed);
    const leaves = unnamed.length === 0 ? "everything" : "these targets";
    const whose = { installKey, instance, publications: [] };
    const ended = await release(whose, { targets, leaves, cacheRecords, stays: [] }, signal);
    (await leftBehind(targets, ended.removed)).map(leftBehindNotice).forEach(warn);
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
  const without = targets.find(({ records }) => records === undefined);
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
