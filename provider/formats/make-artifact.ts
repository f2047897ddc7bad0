import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { factsOf, sourceOf } from "../plan/formats";
import { artifactKey } from "../plan/keys";
import type { FormatSpec } from "../spec/format-spec";
import { convert, encoderOf } from "./convert";
import type { ConvertContext, Converted } from "./format";
import { requireSpace } from "./space";

/** A complete local file. */
export interface Artifact {
  readonly format: FormatSpec["type"];
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | undefined;
  readonly mediaType: string;
  readonly artifactKey: string;
  readonly encoder: string;
}

/** Where artifacts are made from one disk, and those that are made: an OVA takes the VMDK that is there. */
export interface Workshop {
  readonly disk: { readonly path: string; readonly contentDigest: string };
  /** Holds unfinished files; made when it is needed. */
  readonly folder: string;
  readonly made: Map<string, Artifact>;
  readonly signal: AbortSignal;
  /** Runs one conversion, and tells of it. */
  readonly conversion: (
    format: FormatSpec,
    work: (told: Pick<ConvertContext, "signal" | "onProgress">) => Promise<Converted>,
  ) => Promise<Converted>;
}

/** Makes an artifact, and first the one that it is made from; each once. */
export async function makeArtifact(
  workshop: Workshop,
  format: FormatSpec,
  { remote }: Pick<ConvertContext, "remote">,
): Promise<Artifact> {
  const { disk, folder, made, signal } = workshop;
  const encoder = await encoderOf(format, signal);
  const key = artifactKey(disk.contentDigest, format, encoder);
  const there = made.get(key);
  // What goes to a folder may lack a hash that a server needs.
  if (there !== undefined && (!remote || there.sha256 !== undefined)) return there;

  const from = sourceOf(format);
  const source =
    from === undefined ? undefined : await makeArtifact(workshop, from, { remote: false });
  const { extension, mediaType } = factsOf(format);
  const output = join(folder, `${key}.${extension}`);
  const { path, sha256 } = await workshop.conversion(format, async (told) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // A file of that name is what a killed run left: how far it came is not known.
    await rm(output, { force: true });
    await requireSpace(folder, format, { disk: disk.path, source: source?.sizeBytes });
    const { contentDigest } = disk;
    return convert({ disk: disk.path, source }, format, { ...told, output, contentDigest, remote });
  });
  const artifact = {
    format: format.type,
    path,
    sizeBytes: (await stat(path)).size,
    sha256,
    mediaType,
    artifactKey: key,
    encoder,
  };
  made.set(key, artifact);
  return artifact;
}
