import { rm } from "node:fs/promises";
import { addPublication } from "../publish/record";
import type { Target } from "../publish/target";
import { StylusError } from "../spec/errors";
import type { FormatSpec } from "../spec/format-spec";
import type { ImageState, Publication } from "../spec/state";
import { recordStores, skip, stage, type KeyedBuild } from "./build";
import { artifactsFolder, makeArtifact, type EncodedArtifact } from "./artifacts";
import { imageState } from "./image-state";
import type { Survey } from "./survey";

/** Converts and publishes what the survey did not find; each publication is recorded as soon as it is there. */
export async function publishImage(
  build: KeyedBuild,
  image: Survey,
  onProgress: (state: ImageState) => void,
): Promise<ImageState> {
  let publications = [...image.present];
  const state = (): ImageState => imageState(build, image.head, publications);
  onProgress(state());
  if (image.complete || image.disk === undefined) {
    skip(build, "publish", "everything is there");
    return state();
  }
  const material = { build, disk: image.disk, made: new Map() };
  for (const format of build.plan.formats) {
    const targets = missingTargets(build, image, format);
    if (targets.length === 0) continue;
    const artifact = await makeArtifact(
      material,
      format,
      targets.some(({ remote }) => remote),
    );
    for (const target of targets) {
      const publication = await publishOne(build, artifact, target);
      publications = [...publications, publication];
      const entry = { ...publication, contentDigest: image.head.contentDigest };
      for (const store of recordStores(build)) {
        await addPublication(store, build.installKey, entry, build.signal);
      }
      onProgress(state());
    }
  }
  // Published everywhere: the copies in the cache have served. The base disk stays.
  await rm(artifactsFolder(build), { recursive: true, force: true });
  return state();
}

function missingTargets(build: KeyedBuild, image: Survey, format: FormatSpec): Target[] {
  const there = (target: Target): boolean =>
    image.present.some((it) => it.format === format.type && it.target === target.id);
  return build.targets.filter(
    (target) =>
      !there(target) &&
      build.plan.places.some((it) => it.format === format.type && it.target === target.id),
  );
}

async function publishOne(
  build: KeyedBuild,
  artifact: EncodedArtifact,
  target: Target,
): Promise<Publication> {
  return stage(build, "publish", build.plan.timeouts.publish, async (limited) => {
    const published = await target.publish(artifact, {
      signal: limited.signal,
      onProgress: (done, total) =>
        build.report({
          type: "progress",
          stage: "publish",
          done,
          total,
          unit: "bytes",
          what: `${artifact.format} to ${target.id}`,
        }),
    });
    const publication = { ...published, encoder: artifact.encoder };
    const finding = await target.find(publication, limited.signal);
    if (finding.state === "present") return publication;
    throw new StylusError("publish.failed", {
      what: `${publication.uri} was published, but cannot be found there afterwards (${finding.state}).`,
      next: "Look at the target, then run it again.",
    });
  });
}
