import { rm } from "node:fs/promises";
import { join } from "node:path";
import { StylusError } from "../../base/errors";
import {
  type ConvertedFile,
  type ArtifactContext,
  makeArtifact,
} from "../../formats/make-artifact";
import { formatFor, isDiskFormat } from "../../plan/formats";
import { artifactName } from "../../plan/keys";
import { entryOf } from "../../plan/record";
import { describePublication } from "../../records/publications";
import { addPublication } from "../../records/record";
import type { FormatSpec } from "../../schema/formats";
import type { ImageState, Destination, Publication } from "../../schema/state";
import type { LocalArtifact } from "../../targets/local-artifact";
import { isRemoteTarget, type Target } from "../../targets/target";
import { type KeyedBuild, type KnownInstaller, log, recordStores, skip, stage } from "../context";
import { imageState } from "../image-state";
import type { Inventory } from "../inventory";
import { reportUrlOf } from "../report/publish-report";
import { bootArtifact, bootIso } from "./boot-artifact";
import { installerMaterial } from "./installer-material";

/** Where a build makes its artifacts. */
function workshopFor(
  build: KeyedBuild,
  { head, disk }: Inventory,
  installer: KnownInstaller,
): ArtifactContext {
  return {
    image: head,
    disk: disk?.path,
    installer: () => installerMaterial(build, installer),
    userData: build.request.userData,
    folder: join(build.workspace.build(build.installKey), "artifacts"),
    made: new Map(),
    signal: build.signal,
    conversion: (format, work) =>
      stage(build, "convert", build.plan.timeouts.convert, ({ signal, journal }) => {
        journal.describeStage(format.type);
        return work({
          signal,
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
      }),
  };
}

/** Converts and publishes what the survey did not find; each publication is recorded as soon as it is there. */
export async function publishImage(
  build: KeyedBuild,
  image: Inventory,
  installer: KnownInstaller,
  onProgress: (state: ImageState) => void,
): Promise<ImageState> {
  let publications = [...image.present];
  let undeployed = [...image.undeployed];
  const reportUrl = await reportUrlOf(build, image.head);
  const state = (): ImageState => ({
    ...imageState(build, image.head, publications, undeployed),
    ...(reportUrl !== undefined && { reportUrl }),
  });
  onProgress(state());
  if (image.complete) {
    skip(build, "publish", "everything is there");
    return state();
  }
  const proven = new Set<string>();
  const workshop = workshopFor(build, image, installer);
  for (const { format, target } of missingArtifacts(build, image)) {
    const artifact = await makeArtifact(workshop, format, {
      remote: isRemoteTarget(target),
    });
    if (!proven.has(artifact.artifactKey)) {
      await bootBeforePublishing(build, image, format, artifact);
      proven.add(artifact.artifactKey);
    }
    const name = artifactName(build.plan.name, build.installKey, artifact.artifactKey, format);
    const diskSizeBytes = isDiskFormat(format) ? image.head.virtualSizeBytes : undefined;
    const publication = await publishOne(build, { ...artifact, name, diskSizeBytes }, target);
    publications = [...publications, publication];
    if (publication.template !== undefined) undeployed = [...undeployed, publication];
    const entry = entryOf(publication, image.head);
    for (const store of recordStores(build)) {
      await addPublication(store, build.installKey, entry, build.signal);
    }
    onProgress(state());
  }
  for (const publication of undeployed) {
    await deployOne(build, publication);
    undeployed = undeployed.filter((it) => it !== publication);
    onProgress(state());
  }
  // Published everywhere: the copies in the cache have served. The base disk stays.
  await rm(workshop.folder, { recursive: true, force: true });
  return state();
}

/** Boots what was made, where `verify.artifacts` asks for that. */
async function bootBeforePublishing(
  build: KeyedBuild,
  { disk }: Inventory,
  format: FormatSpec,
  artifact: ConvertedFile,
): Promise<void> {
  if (build.plan.verify.artifacts !== "boot") return;
  if (format.type === "iso") return bootIso(build, format, artifact);
  if (disk !== undefined && isDiskFormat(format)) await bootArtifact(build, disk, format, artifact);
}

interface MissingArtifact {
  readonly format: FormatSpec;
  readonly target: Target;
}

/** Format by format, so that each is made once and sent to all its targets. */
function missingArtifacts(build: KeyedBuild, image: Inventory): MissingArtifact[] {
  const { formats, places } = build.plan;
  const isMissing = ({ format, target }: MissingArtifact): boolean => {
    const isHere = (it: Destination): boolean =>
      it.format === format.type && it.target === target.id;
    return places.some(isHere) && !image.present.some(isHere);
  };
  return formats
    .flatMap((format) =>
      build.targets.map((target) => ({
        format: formatFor(format, isRemoteTarget(target)),
        target,
      })),
    )
    .filter(isMissing);
}

async function publishOne(
  build: KeyedBuild,
  artifact: ConvertedFile & LocalArtifact,
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
    const publication = await describePublication(target, {
      ...published,
      encoder: artifact.encoder,
    });
    const finding = await target.find(publication, limited.signal);
    if (finding.state === "present" || finding.state === "undeployed") return publication;
    throw new StylusError("publish.failed", {
      what: `${publication.uri} was published, but cannot be found there afterwards (${finding.state}).`,
      next: "Look at the target, then run it again.",
    });
  });
}

/** Lets the target's server make what it is to make of a publication, unless it has. */
async function deployOne(build: KeyedBuild, publication: Publication): Promise<void> {
  const target = build.targets.find(({ id }) => id === publication.target);
  await stage(build, "publish", build.plan.timeouts.publish, async ({ signal }) => {
    log(build, `Deploying ${publication.template?.path ?? publication.uri}.`);
    await target?.capabilities.templates?.deploy(publication, signal);
    const finding = await target?.find(publication, signal);
    if (finding?.state === "present") return;
    throw new StylusError("publish.failed", {
      what: `${publication.template?.path ?? publication.uri} was deployed, but cannot be found there afterwards.`,
      why: finding !== undefined && "why" in finding ? finding.why : undefined,
      next: "Look at the target, then run it again.",
    });
  });
}
