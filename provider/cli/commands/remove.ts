import { leftNotice } from "../../records/describe-release";
import { readRecordedImage } from "../../records/record";
import { release } from "../../records/release";
import { joinReleased, type Released, type ReleaseScope } from "../../records/scope";
import { invalidInput } from "../../schema/parse";
import { defaultCacheDirectory } from "../../system/workspace";
import { directoryRecords } from "../../targets/directory/records";
import { openTarget } from "../../targets/open-target";
import { isListedFor } from "../../targets/target";
import { readTargets } from "../input/read-targets";
import { cancellable } from "../terminal/cancellable";
import { note, printJson, printLines, warn } from "../terminal/output";
import { describeReleased } from "./describe-released";
import { findOwned, pickOwned } from "./owned-images";
import { refuseWithoutRecords } from "./refuse-without-records";
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
      (it) => !targets.some((target) => isListedFor(target, it)),
    );
    if (unnamed.length > 0) refuseWithoutRecords(installKey, targets, unnamed);
    const scope: ReleaseScope = {
      targets,
      scope: unnamed.length === 0 ? "all" : "listed",
      cacheRecords,
      remainingTargets: [],
    };
    const ended = await release({ installKey, instance, publications: [] }, scope, signal);
    ended.left.map(leftNotice).forEach(warn);
    released.push(ended);
  }
  return joinReleased(released);
}
