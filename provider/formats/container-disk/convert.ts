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
 * Environment and labels with the defaults of the virtual machine. CDI copies the environment to
 * labels of the DataVolume's claim, where KubeVirt reads them. The image has the same values as
 * labels for other readers; there, an option overrides a label of the same name.
 */
export function imageSettings({
  preference,
  instanceType,
  labels,
}: FormatOf<"containerdisk">): ImageSettings {
  return {
    environment: {
      ...optional("INSTANCETYPE_KUBEVIRT_IO_DEFAULT_INSTANCETYPE", instanceType),
      ...optional("INSTANCETYPE_KUBEVIRT_IO_DEFAULT_PREFERENCE", preference),
    },
    labels: {
      ...labels,
      ...optional("instancetype.kubevirt.io/default-instancetype", instanceType),
      ...optional("instancetype.kubevirt.io/default-preference", preference),
    },
  };
}

function optional(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

const sector = 512;
/** Progress in percent when the archive is written, and when its SHA-256 is known. */
const written = 50;
const hashed = 80;

/** Writes an OCI archive for KubeVirt, with the disk under `/disk/`. */
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
    const expected = sector * Math.ceil((await stat(material.disk)).size / sector);
    const disk = { start: layer.start + place.start, length: place.length };
    expectSame(await archive.diskSize(type, disk), expected, "the size of its disk");
  }
  return { path: output, sha256 };
}

interface Content {
  readonly parts: LayerParts;
  /**
   * Position of the disk in the layer. Undefined if the layer is compressed, because QEMU cannot
   * read the disk there.
   */
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
