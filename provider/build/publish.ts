import { rm } from "node:fs/promises";
import { stat } from "node:fs/promises";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { convert, encoderOf } from "../formats/convert";
import { formats } from "../plan/formats";
import { artifactKey, artifactName } from "../plan/keys";
import { addPublication } from "../publish/record";
import type { LocalArtifact, Target } from "../publish/target";
import { StylusError } from "../spec/errors";
import type { FormatSpec } from "../spec/image-spec";
import type { ImageState, Publication } from "../spec/state";
import { recordStores, skip, stage, type KeyedBuild } from "./build";
import { imageState, type BaseDisk } from "./image-state";
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
  for (const format of build.plan.formats) {
    const targets = missingTargets(build, image, format);
    if (targets.length === 0) continue;
    const artifact = await makeArtifact(build, image, image.disk, format, targets);
    for (const target of targets) {
      const publication = await publishOne(build, artifact, target);
      publications = [...publications, publication];
      const entry = { ...publication, contentDigest: image.head.contentDigest };
      for (const store of recordStores(build)) {
        await addPublication(store, build.installKey, entry, build.signal);
      }
      onProgress(state());
    }
    // Published everywhere: the copy in the cache has served. The base disk stays.
    if (artifact.path !== image.disk.path) await rm(artifact.path, { force: true });
  }
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

interface EncodedArtifact extends LocalArtifact {
  readonly encoder: string;
}

async function makeArtifact(
  build: KeyedBuild,
  image: Survey,
  disk: BaseDisk,
  format: FormatSpec,
  targets: readonly Target[],
): Promise<EncodedArtifact> {
  const encoder = await encoderOf(format, build.signal);
  const key = artifactKey(image.head.contentDigest, format, encoder);
  const { extension, mediaType } = formats[format.type];
  const folder = join(build.workspace.build(build.installKey), "artifacts");
  const output = join(folder, `${key}.${extension}`);
  const made = await stage(build, "convert", build.plan.timeouts.convert, async (limited) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // A file of that name is what a killed run left: how far it came is not known.
    await rm(output, { force: true });
    return convert(disk.path, format, {
      output,
      remote: targets.some(({ remote }) => remote),
      signal: limited.signal,
      onProgress: (done) =>
        build.report({
          type: "progress",
          stage: "convert",
          done,
          total: 100,
          unit: "percent",
          what: format.type,
        }),
    });
  });
  return {
    format: format.type,
    path: made.path,
    sizeBytes: (await stat(made.path)).size,
    sha256: made.sha256,
    mediaType,
    artifactKey: key,
    name: artifactName(build.plan.name, build.installKey, key, format),
    encoder,
  };
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
