import { rm } from "node:fs/promises";
import { join } from "node:path";
import { StylusError } from "../../base/errors";
import {
  type ArtifactContext,
  type ConvertedFile,
  makeArtifact,
} from "../../formats/make-artifact";
import { formatFor, isDiskFormat } from "../../plan/formats";
import { artifactName } from "../../plan/keys";
import { subjectOf, verifiedOutput } from "../../plan/proof";
import { entryOf, type Head } from "../../plan/record";
import { describePublication } from "../../records/publications";
import { addPublication, removePublication } from "../../records/record";
import type { FormatSpec } from "../../schema/formats";
import type { Destination, ImageState, Publication } from "../../schema/state";
import type { LocalArtifact } from "../../targets/local-artifact";
import { isRemoteTarget, type Target } from "../../targets/target";
import { confirmCachedDisk } from "../cached-base-disk";
import { type KeyedBuild, type KnownInstaller, recordStores } from "../context";
import { imageState } from "../image-state";
import type { Inventory } from "../inventory";
import { knownProofs } from "../prove-image";
import { reportUrlOf } from "../report/publish-report";
import { deployTemplate } from "./deploy";
import { proveArtifact } from "./prove-artifact";
import { installerMaterial } from "./installer-material";
import { skip, stage } from "./stage";

/** Converts and publishes the artifacts that the inventory lacks; records each one right after it is published. */
export async function publishImage(
  build: KeyedBuild,
  image: Inventory,
  installer: KnownInstaller,
  onProgress: (state: ImageState) => void,
): Promise<ImageState> {
  let publications = [...image.present];
  let undeployed = [...image.undeployed];
  let proofs = knownProofs(build, image);
  const reportUrl = await reportUrlOf(build, image.head);
  const state = (): ImageState => {
    const verified = verifiedOutput(build.plan, publications, proofs, subjectOf(image.head));
    return {
      ...imageState(build, image.head, publications, undeployed),
      ...(verified !== undefined && { verified }),
      ...(reportUrl !== undefined && { reportUrl }),
    };
  };
  onProgress(state());
  if (image.complete) {
    skip(build, "publish", "everything is there");
    return state();
  }
  // A file that was made just now is booted, whatever was shown of earlier ones.
  const booted = new Set<string>();
  const context = artifactContext(build, image, installer);
  for (const { format, target } of missingArtifacts(build, image)) {
    const artifact = await makeArtifact(context, format, { remote: isRemoteTarget(target) });
    if (!booted.has(artifact.artifactKey)) {
      proofs = [...proofs, ...(await proveArtifact(build, { ...image, proofs }, format, artifact))];
      booted.add(artifact.artifactKey);
    }
    if (image.disk !== undefined) await confirmCachedDisk(build, image.disk);
    const name = artifactName(build.plan.name, build.installKey, artifact.artifactKey, format);
    const diskSizeBytes = isDiskFormat(format) ? image.head.virtualSizeBytes : undefined;
    const outgoing = { ...artifact, name, diskSizeBytes };
    const publication = await publishOne(build, image.head, outgoing, target);
    await confirmPublished(build, image, { artifact, publication, target });
    publications = [...publications, publication];
    if (publication.template !== undefined) undeployed = [...undeployed, publication];
    onProgress(state());
  }
  for (const publication of undeployed) {
    await deployTemplate(build, publication);
    undeployed = undeployed.filter((it) => it !== publication);
    onProgress(state());
  }
  // All targets have their copies; only the base disk stays in the cache.
  await rm(context.folder, { recursive: true, force: true });
  return state();
}

interface Published {
  readonly artifact: ConvertedFile;
  readonly publication: Publication;
  readonly target: Target;
}

/** A disk that is published as it is must not have changed meanwhile; otherwise the publication is removed again. */
async function confirmPublished(
  build: KeyedBuild,
  { disk }: Inventory,
  { artifact, publication, target }: Published,
): Promise<void> {
  if (disk === undefined || artifact.path !== disk.path) return;
  try {
    await confirmCachedDisk(build, disk);
  } catch (thrown) {
    const limit = AbortSignal.timeout(60_000);
    await target.remove(publication, limit);
    for (const store of recordStores(build)) {
      await removePublication(store, build.installKey, publication, limit);
    }
    throw thrown;
  }
}

/** Context for the conversion of this build's artifacts. */
function artifactContext(
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
        const what = format.type;
        journal.describeStage(what);
        return work({
          signal,
          onProgress: (done) =>
            build.report({
              type: "progress",
              stage: "convert",
              done,
              total: 100,
              unit: "percent",
              what,
            }),
        });
      }),
  };
}

interface MissingArtifact {
  readonly format: FormatSpec;
  readonly target: Target;
}

/** Ordered by format, so that each format is converted once and then sent to all its targets. */
function missingArtifacts(build: KeyedBuild, image: Inventory): MissingArtifact[] {
  const { formats, destinations } = build.plan;
  const isMissing = ({ format, target }: MissingArtifact): boolean => {
    const isSame = (it: Destination): boolean =>
      it.format === format.type && it.target === target.id;
    return destinations.some(isSame) && !image.present.some(isSame);
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
  head: Head,
  artifact: ConvertedFile & LocalArtifact,
  target: Target,
): Promise<Publication> {
  return stage(build, "publish", build.plan.timeouts.publish, async (limited) => {
    const what = `${artifact.format} to ${target.id}`;
    const published = await target.publish(artifact, {
      signal: limited.signal,
      onProgress: (done, total) =>
        build.report({ type: "progress", stage: "publish", done, total, unit: "bytes", what }),
    });
    const { encoder } = artifact;
    const publication = await describePublication(target, { ...published, encoder }, build.signal);
    // At once: if this program is killed now, the record must tell what to remove.
    for (const store of recordStores(build)) {
      await addPublication(store, build.installKey, entryOf(publication, head), build.signal);
    }
    const finding = await target.find(publication, limited.signal);
    if (finding.state === "present" || finding.state === "undeployed") return publication;
    throw new StylusError("publish.failed", {
      what: `${publication.uri} was published, but the target does not find it afterwards (${finding.state}).`,
      next: "Look at the target, then run this again.",
    });
  });
}
