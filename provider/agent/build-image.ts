import { rm } from "node:fs/promises";
import type { ImageState } from "../schema/state";
import { withLock } from "../system/lock/lock";
import { abandonClaim, claim } from "./claim";
import { log, type Build, type KeyedBuild, type KnownInstaller } from "./context";
import { finalizeRecord } from "./finalize-record";
import { findOrBuild } from "./find-or-build";
import { identify } from "./identify";
import { releaseInterrupted } from "./other-instances";
import { reportFailure, reportImage } from "./report/publish-report";
import { proveImage } from "./prove-image";
import { withProblemsOfAllTargets } from "./stages/check-targets";
import { provePublished } from "./stages/prove-published";
import { publishImage } from "./stages/publish";

/** Called with what exists so far, so that the caller knows it even if the build fails later. */
export type Progress = (state: ImageState) => void;

/**
 * Makes every artifact of the plan exist at its targets, doing only what is missing. Create, update, adoption and
 * continuing after a crash all take this path.
 */
export async function buildImage(build: Build, onProgress: Progress): Promise<ImageState> {
  const { installKey, installer } = await identify(build).catch(async (thrown: unknown) => {
    throw await reportFailure(build, {}, thrown);
  });
  return withLock(
    build.workspace.lock(installKey),
    {
      signal: build.signal,
      onWait: () => log(build, "Another build of the same image is under way; waiting for it."),
    },
    () => buildLocked({ ...build, installKey }, installer, onProgress),
  );
}

async function buildLocked(
  build: KeyedBuild,
  installer: KnownInstaller,
  onProgress: Progress,
): Promise<ImageState> {
  let saved: ImageState | undefined = build.plan.existing;
  try {
    await claim(build).catch(async (thrown: unknown) => {
      throw await withProblemsOfAllTargets(build, thrown);
    });
    const found = await findOrBuild(build, installer);
    const image = await provePublished(build, await proveImage(build, found));
    const state = await publishImage(build, image, installer, (progress) => {
      if (progress.artifacts.length > 0) saved = progress;
      onProgress(progress);
    });
    await rm(build.workspace.build(build.installKey), { recursive: true, force: true });
    // If nothing had to be done, the image keeps its report.
    const reported = image.complete ? state : await reportImage(build, image.head, state);
    // After the report: a marker must not be live long before a state knows the image.
    const finished = await finalizeRecord(build, image.head, reported, image.unchecked);
    await releaseInterrupted(build);
    return finished;
  } catch (thrown) {
    const { installKey } = build;
    if (saved === undefined) await abandonClaim(build);
    const state = saved?.installKey === installKey ? saved : undefined;
    throw await reportFailure(build, { installKey, state }, thrown);
  }
}
