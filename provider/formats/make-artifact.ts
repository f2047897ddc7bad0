import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JsonMap } from "../base/json";
import { factsOf, isOfDisk, sourceOf } from "../plan/formats";
import { artifactKey, type ArtifactSource } from "../plan/keys";
import type { FormatSpec } from "../schema/formats";
import { convert, encoderOf } from "./convert";
import type { ConvertContext, Converted, InstallerMaterial } from "./format";
import { requireSpace } from "./disk-space";

/** A complete local file. */
export interface ConvertedFile {
  readonly format: FormatSpec["type"];
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | undefined;
  readonly mediaType: string;
  readonly artifactKey: string;
  readonly encoder: string;
}

/** Where artifacts of one image are made, and those that are made: an OVA takes the VMDK that is there. */
export interface ArtifactContext {
  readonly image: ArtifactSource;
  /** Path of the base disk; absent where nothing that is made needs it. */
  readonly disk?: string | undefined;
  /** Brings the installer, for what is made from it; absent where there is none. */
  readonly installer?: (() => Promise<InstallerMaterial>) | undefined;
  /** What a seed is made from; absent where there is none. */
  readonly userData?: JsonMap | undefined;
  /** Holds unfinished files; made when it is needed. */
  readonly folder: string;
  readonly made: Map<string, ConvertedFile>;
  readonly signal: AbortSignal;
  /** Runs one conversion, and tells of it. */
  readonly conversion: (
    format: FormatSpec,
    work: (told: Pick<ConvertContext, "signal" | "onProgress">) => Promise<Converted>,
  ) => Promise<Converted>;
}

type Remote = Pick<ConvertContext, "remote">;

/** Makes an artifact, and first the one that it is made from; each once. */
export async function makeArtifact(
  workshop: ArtifactContext,
  format: FormatSpec,
  { remote }: Remote,
): Promise<ConvertedFile> {
  const { image, folder, made, signal } = workshop;
  const encoder = await encoderOf(format, signal);
  const key = artifactKey(image, format, encoder);
  const there = made.get(key);
  // What goes to a folder may lack a hash that a server needs.
  if (there !== undefined && (!remote || there.sha256 !== undefined)) return there;

  const { extension, mediaType } = factsOf(format);
  const output = join(folder, `${key}.${extension}`);
  const conversion = { output, contentDigest: image.contentDigest ?? image.installKey, remote };
  const { path, sha256 } = await convertSource(workshop, format, conversion);
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

type Conversion = Pick<ConvertContext, "output" | "contentDigest" | "remote">;

async function convertSource(
  workshop: ArtifactContext,
  format: FormatSpec,
  conversion: Conversion,
): Promise<Converted> {
  const { disk, folder } = workshop;
  if (format.type === "iso") return makeIso(workshop, format, conversion);
  if (!isOfDisk(format)) return makeSeed(workshop, format, conversion);
  if (disk === undefined) throw new Error(`there is no base disk to make the ${format.type} of`);
  const from = sourceOf(format);
  const source =
    from === undefined ? undefined : await makeArtifact(workshop, from, { remote: false });
  return workshop.conversion(format, async (told) => {
    await prepareOutput(folder, conversion);
    await requireSpace(folder, format, { disk, source: source?.sizeBytes });
    return convert({ disk, source }, format, { ...told, ...conversion });
  });
}

async function makeIso(
  { installer, folder, conversion }: ArtifactContext,
  format: Extract<FormatSpec, { type: "iso" }>,
  context: Conversion,
): Promise<Converted> {
  if (installer === undefined) throw new Error("an ISO is made from an installer");
  const material = await installer();
  return conversion(format, async (told) => {
    await prepareOutput(folder, context);
    const { convertToIso } = require("./iso/convert") as typeof import("./iso/convert");
    return convertToIso(material, format, { ...told, ...context });
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
  return conversion(format, async (told) => {
    await prepareOutput(folder, context);
    const { convertToSeed } = require("./iso/seed") as typeof import("./iso/seed");
    return convertToSeed(siteSeedFiles(userData), { ...told, ...context });
  });
}

/** A file of that name is what a killed run left: how far it came is not known. */
async function prepareOutput(folder: string, { output }: Conversion): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(output, { force: true });
}
