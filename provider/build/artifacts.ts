import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { convert, encoderOf } from "../formats/convert";
import { factsOf, sourceOf } from "../plan/formats";
import { artifactKey, artifactName } from "../plan/keys";
import type { LocalArtifact, Target } from "../publish/target";
import type { FormatSpec } from "../spec/format-spec";
import { stage, type KeyedBuild } from "./build";
import type { BaseDisk } from "./image-state";

export interface EncodedArtifact extends LocalArtifact {
  readonly encoder: string;
}

/** What a build's artifacts are made from, and those that are made: an OVA takes the VMDK that is there. */
export interface BuildMaterial {
  readonly build: KeyedBuild;
  readonly disk: BaseDisk;
  readonly made: Map<string, EncodedArtifact>;
}

export function artifactsFolder(build: KeyedBuild): string {
  return join(build.workspace.build(build.installKey), "artifacts");
}

/** Makes an artifact, and first the one that it is made from; each once in a build. */
export async function makeArtifact(
  material: BuildMaterial,
  format: FormatSpec,
  target?: Target,
): Promise<EncodedArtifact> {
  const { build, disk, made } = material;
  const encoder = await encoderOf(format, build.signal);
  const key = artifactKey(disk.contentDigest, format, encoder);
  const there = made.get(key);
  // What goes to a folder may lack a hash that a server needs.
  const suffices = target?.remote !== true || there?.sha256 !== undefined;
  if (there !== undefined && suffices) return there;

  const from = sourceOf(format);
  const source = from === undefined ? undefined : await makeArtifact(material, from);
  const { extension, mediaType } = factsOf(format);
  const folder = artifactsFolder(build);
  const output = join(folder, `${key}.${extension}`);
  const { path, sha256 } = await stage(
    build,
    "convert",
    build.plan.timeouts.convert,
    async (it) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // A file of that name is what a killed run left: how far it came is not known.
      await rm(output, { force: true });
      return convert({ disk: disk.path, source }, format, {
        output,
        contentDigest: disk.contentDigest,
        remote: target?.remote ?? false,
        signal: it.signal,
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
    },
  );
  const artifact = {
    format: format.type,
    path,
    sizeBytes: (await stat(path)).size,
    sha256,
    mediaType,
    artifactKey: key,
    name: artifactName(build.plan.name, build.installKey, key, format),
    encoder,
  };
  made.set(key, artifact);
  return artifact;
}
