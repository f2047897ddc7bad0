import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeThrown } from "../../base/errors";
import { isBootable, missingProofs, subjectOf } from "../../plan/proof";
import type { FormatSpec } from "../../schema/formats";
import type { Publication } from "../../schema/state";
import { warn, type KeyedBuild } from "../context";
import type { Inventory } from "../inventory";
import { isOfEarlierVersion, knownProofs } from "../prove-image";
import { proveArtifact } from "./prove-artifact";
import { stage } from "./stage";

/** Boots the artifacts that are published already, if `verify.artifacts` asks for it and nobody did before. */
export async function provePublished(build: KeyedBuild, image: Inventory): Promise<Inventory> {
  if (build.plan.verify.artifacts !== "boot") return image;
  let proofs = image.proofs;
  for (const publication of image.present) {
    const format = build.plan.formats.find(({ type }) => type === publication.format);
    const wanted = { kind: "artifact", artifactKey: publication.artifactKey } as const;
    const known = knownProofs(build, { proofs });
    const isMissing = missingProofs([wanted], known, subjectOf(image.head)).length > 0;
    if (format === undefined || !isBootable(format) || !isMissing) continue;
    const folder = join(build.workspace.build(build.installKey), "published");
    try {
      const path = await retrieve(build, image, publication, folder);
      if (path === undefined) continue;
      const file = { path, artifactKey: publication.artifactKey };
      const made = await proveArtifact(
        build,
        { ...image, proofs: known },
        compressedAs(format, publication),
        file,
      );
      proofs = [...proofs, ...made];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { ...image, proofs };
}

/** A copy of the publication; undefined if an image of an earlier version is at a target that gives none. */
async function retrieve(
  build: KeyedBuild,
  image: Inventory,
  publication: Publication,
  folder: string,
): Promise<string | undefined> {
  const target = build.targets.find(({ id }) => id === publication.target);
  if (target === undefined) return undefined;
  const path = join(folder, `artifact.${publication.format}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await stage(build, "fetch", build.plan.timeouts.fetch, ({ signal, report }) =>
      target.retrieve(publication, path, {
        signal,
        onProgress: (done, total) =>
          report({ type: "progress", stage: "fetch", done, total, unit: "bytes" }),
      }),
    );
    return path;
  } catch (thrown) {
    if (!isOfEarlierVersion(build, image) || build.signal.aborted) throw thrown;
    warn(build, `${publication.uri} is used without a boot of its own: ${describeThrown(thrown)}`);
    return undefined;
  }
}

/** The format with the compression that the publication has. */
function compressedAs(format: FormatSpec, { mediaType }: Publication): FormatSpec {
  if (format.type !== "raw") return format;
  const { rawCompressionOf } =
    require("../../formats/raw/convert") as typeof import("../../formats/raw/convert");
  return { ...format, compression: rawCompressionOf(mediaType) };
}
