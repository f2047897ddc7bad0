import type { DiskFormat, FormatSpec } from "../schema/formats";
import type { ConvertContext, Converted, Material } from "./format";
import type { StreamCompression } from "./stream/encoder";
import { writeError } from "./write-error";

/** Converts the base disk to an artifact. */
export async function convert(
  material: Material,
  format: DiskFormat,
  context: ConvertContext,
): Promise<Converted> {
  try {
    return await convertTo(material, format, context);
  } catch (thrown) {
    throw writeError(thrown, context.output, context.signal);
  }
}

async function convertTo(
  material: Material,
  format: DiskFormat,
  context: ConvertContext,
): Promise<Converted> {
  switch (format.type) {
    case "raw": {
      const { convertToRaw } = require("./raw/convert") as typeof import("./raw/convert");
      return convertToRaw(material.disk, format, context);
    }
    case "qcow2": {
      const { convertToQcow2 } = require("./qcow2/convert") as typeof import("./qcow2/convert");
      return convertToQcow2(material.disk, format.compression, context);
    }
    case "vmdk": {
      const { convertToVmdk } = require("./vmdk/convert") as typeof import("./vmdk/convert");
      return convertToVmdk(material.disk, context);
    }
    case "ova": {
      const { convertToOva } = require("./ova/convert") as typeof import("./ova/convert");
      return convertToOva(material, format, context);
    }
    case "vhd": {
      const { convertToVhd } = require("./vhd/convert") as typeof import("./vhd/convert");
      return convertToVhd(material.disk, context);
    }
    case "gce": {
      const { convertToGce } = require("./gce/convert") as typeof import("./gce/convert");
      return convertToGce(material.disk, context);
    }
    case "containerdisk": {
      const { convertToContainerDisk } =
        require("./container-disk/convert") as typeof import("./container-disk/convert");
      return convertToContainerDisk(material, format, context);
    }
  }
}

/** Name and version of the encoder that decides the artifact's bytes. */
export async function encoderOf(format: FormatSpec, signal: AbortSignal): Promise<string> {
  switch (format.type) {
    case "raw":
      return encoderOfStream(format.compression);
    case "qcow2": {
      const { qcow2Encoder } = require("./qcow2/convert") as typeof import("./qcow2/convert");
      return qcow2Encoder(format.compression, signal);
    }
    case "vmdk":
    case "ova":
      return (require("./vmdk/convert") as typeof import("./vmdk/convert")).vmdkEncoder();
    case "vhd":
      return "none";
    case "iso":
    case "seed":
      return (require("./iso/convert") as typeof import("./iso/convert")).isoEncoder(signal);
    case "gce":
      return encoderOfStream("gzip");
    case "containerdisk": {
      const { sourceOf } = require("../plan/formats") as typeof import("../plan/formats");
      const source = sourceOf(format);
      // The layer of a raw disk is compressed by us. The other disk formats have their own
      // compression.
      return encoderOf(source ?? { type: "raw", compression: "gzip" }, signal);
    }
  }
}

function encoderOfStream(compression: StreamCompression | undefined): string {
  const { streamEncoder } = require("./stream/encoder") as typeof import("./stream/encoder");
  return streamEncoder(compression);
}
