import { stat } from "node:fs/promises";
import type { FormatOf } from "../../schema/formats";
import { hashFile } from "../../system/files/hash";
import { type ByteRange, archiveReader, expectSame } from "../archive-check";
import type { ConvertContext, Converted, Material } from "../format";
import { writeError } from "../write-error";
import { checkOciArchive } from "./check";
import { type LayerOptions, gzipLayer, layerHead, plainLayer } from "./layers";
import { type ImageSettings, type LayerParts, writeOciArchive } from "./oci-archive";

/**
 * Where KubeVirt looks for the defaults of a virtual machine: CDI makes labels of the DataVolume's
 * claim out of the environment. The image carries the labels as well, for who reads those; there an
 * option counts before a label of the same name.
 */
export function imageSettings({
  preference,
  instanceType,
  labels,
}: FormatOf<"containerdisk">): ImageSettings {
  return {
    environment: {
      ...named("INSTANCETYPE_KUBEVIRT_IO_DEFAULT_INSTANCETYPE", instanceType),
      ...named("INSTANCETYPE_KUBEVIRT_IO_DEFAULT_PREFERENCE", preference),
    },
    labels: {
      ...labels,
      ...named("instancetype.kubevirt.io/default-instancetype", instanceType),
      ...named("instancetype.kubevirt.io/default-preference", preference),
    },
  };
}

function named(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

const sector = 512;
/** Percents of the way at which all is written, and at which its SHA-256 is known. */
const written = 50;
const hashed = 80;

/** An image for KubeVirt with the disk under `/disk/`, as an OCI archive. */
export async function convertToContainerDisk(
  material: Material,
  format: FormatOf<"containerdisk">,
  context: ConvertContext,
): Promise<Converted> {
  const { output, signal, onProgress } = context;
  const content = await contentOf(material, format, {
    signal,
    onProgress: (share) => onProgress(written * share),
  });
  const settings = imageSettings(format);
  const layer = await writeOciArchive(output, content.parts, settings).catch((thrown: unknown) => {
    throw writeError(thrown, output, signal);
  });
  const sha256 = await hashFile(output, {
    signal,
    onProgress: (done, total) => onProgress(written + ((hashed - written) * done) / total),
  });
  const archive = archiveReader(output, signal);
  const { packedDisk } = content;
  const onShare = (share: number) => onProgress(hashed + (100 - hashed) * share);
  await checkOciArchive(archive, onShare, packedDisk === undefined ? undefined : layer);
  if (packedDisk !== undefined) {
    const { type, place } = packedDisk;
    const wanted = sector * Math.ceil((await stat(material.disk)).size / sector);
    const disk = { start: layer.start + place.start, length: place.length };
    expectSame(await archive.diskSize(type, disk), wanted, "the size of its disk");
  }
  return { path: output, sha256 };
}

interface Content {
  readonly parts: LayerParts;
  /** Where in the layer the disk lies that QEMU can read there; undefined in a compressed layer. */
  readonly packedDisk: { readonly type: "qcow2" | "vmdk"; readonly place: ByteRange } | undefined;
}

async function contentOf(
  { disk, source }: Material,
  { disk: type }: FormatOf<"containerdisk">,
  options: LayerOptions,
): Promise<Content> {
  if (type === "raw") {
    const { size } = await stat(disk);
    return { parts: gzipLayer(disk, size, options), packedDisk: undefined };
  }
  if (source === undefined) throw new Error(`a containerDisk is made from a ${type}`);
  const { path, sha256 } = source;
  const { size } = await stat(path);
  return {
    parts: plainLayer({ path, size, sha256 }, type, options),
    packedDisk: { type, place: { start: layerHead(type, size).length, length: size } },
  };
}
