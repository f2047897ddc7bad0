import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JsonMap } from "../base/json";
import { factsOf, isDiskFormat, sourceOf } from "../plan/formats";
import { artifactKey, type ArtifactSource } from "../plan/keys";
import type { FormatSpec } from "../schema/formats";
import { convert, encoderOf } from "./convert";
import type { ConvertContext, Converted, InstallerMaterial } from "./format";
import { requireSpace } from "./disk-space";
import { stampOf } from "../system/files/stamp";

/** A complete local file in one format. */
export interface ConvertedFile {
  readonly format: FormatSpec["type"];
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | undefined;
  readonly mediaType: string;
  readonly artifactKey: string;
  readonly encoder: string;
  /** Of the file when it was complete: with another one it is not what was made. */
  readonly stamp: string | undefined;
}

/** Sources, folder and finished files of one image's conversions. */
export interface ArtifactContext {
  readonly image: ArtifactSource;
  /** Path of the base disk. Undefined if no format needs it. */
  readonly disk?: string | undefined;
  /** Provides the installer to formats that are made from it. Undefined if there is none. */
  readonly installer?: (() => Promise<InstallerMaterial>) | undefined;
  /** Source of a seed. Undefined if there is none. */
  readonly userData?: JsonMap | undefined;
  /** Folder of unfinished files, created when it is needed. */
  readonly folder: string;
  readonly made: Map<string, ConvertedFile>;
  readonly signal: AbortSignal;
  /** Runs one conversion and reports its progress. */
  readonly conversion: (
    format: FormatSpec,
    work: (options: Pick<ConvertContext, "signal" | "onProgress">) => Promise<Converted>,
  ) => Promise<Converted>;
}

type Remote = Pick<ConvertContext, "remote">;

/** Makes an artifact, and before it the artifact that it is derived from. Each is made once. */
export async function makeArtifact(
  context: ArtifactContext,
  format: FormatSpec,
  { remote }: Remote,
): Promise<ConvertedFile> {
  const { image, folder, made, signal } = context;
  const encoder = await encoderOf(format, signal);
  const key = artifactKey(image, format, encoder);
  const existing = made.get(key);
  // A file that was made for a directory may lack the hash that a server needs.
  const isEnough = existing !== undefined && (!remote || existing.sha256 !== undefined);
  if (isEnough && (await isUnchanged(existing))) return existing;

  const { extension, mediaType } = factsOf(format);
  const output = join(folder, `${key}.${extension}`);
  const conversion = { output, contentDigest: image.contentDigest ?? image.installKey, remote };
  const { path, sha256 } = await convertSource(context, format, conversion);
  const stamp = await stampOf(path);
  const artifact = {
    format: format.type,
    path,
    sizeBytes: stamp?.size ?? (await stat(path)).size,
    stamp: stamp?.text,
    sha256,
    mediaType,
    artifactKey: key,
    encoder,
  };
  made.set(key, artifact);
  return artifact;
}

/** Whether nobody wrote to a finished file since it was made. */
async function isUnchanged({ path, stamp }: ConvertedFile): Promise<boolean> {
  const now = await stampOf(path).catch(() => undefined);
  return now !== undefined && now.text === stamp;
}

type Conversion = Pick<ConvertContext, "output" | "contentDigest" | "remote">;

async function convertSource(
  context: ArtifactContext,
  format: FormatSpec,
  conversion: Conversion,
): Promise<Converted> {
  const { disk, folder } = context;
  if (format.type === "iso") return makeIso(context, format, conversion);
  if (!isDiskFormat(format)) return makeSeed(context, format, conversion);
  if (disk === undefined) throw new Error(`there is no base disk to make the ${format.type} of`);
  const from = sourceOf(format);
  const source =
    from === undefined ? undefined : await makeArtifact(context, from, { remote: false });
  return context.conversion(format, async (options) => {
    await prepareOutput(folder, conversion);
    await requireSpace(folder, format, { disk, source: source?.sizeBytes });
    return convert({ disk, source }, format, { ...options, ...conversion });
  });
}

async function makeIso(
  { installer, folder, conversion }: ArtifactContext,
  format: Extract<FormatSpec, { type: "iso" }>,
  context: Conversion,
): Promise<Converted> {
  if (installer === undefined) throw new Error("an ISO is made from an installer");
  const material = await installer();
  return conversion(format, async (options) => {
    await prepareOutput(folder, context);
    const { convertToIso } = require("./iso/convert") as typeof import("./iso/convert");
    return convertToIso(material, format, { ...options, ...context });
  });
}

async function makeSeed(
  { userData, folder, conversion }: ArtifactContext,
  format: Extract<FormatSpec, { type: "seed" }>,
  context: Conversion,
): Promise<Converted> {
  if (userData === undefined) throw new Error("a seed is made from user-data");
  const { siteSeedFiles } =
    require("../plan/user-data/seed-files") as typeof import("../plan/user-data/seed-files");
  return conversion(format, async (options) => {
    await prepareOutput(folder, context);
    const { convertToSeed } = require("./iso/seed") as typeof import("./iso/seed");
    return convertToSeed(siteSeedFiles(userData), { ...options, ...context });
  });
}

/** A file of that name is incomplete: an earlier run was killed. */
async function prepareOutput(folder: string, { output }: Conversion): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(output, { force: true });
}
