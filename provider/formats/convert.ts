import type { DiskFormat, FormatSpec } from "../spec/format-spec";
import type { ConvertContext, Converted, Material } from "./format";
import { writeFault } from "./write-fault";

/** Makes one artifact of the base disk. */
export async function convert(
  material: Material,
  format: DiskFormat,
  context: ConvertContext,
): Promise<Converted> {
  try {
    return await convertTo(material, format, context);
  } catch (thrown) {
    throw writeFault(thrown, context.output, context.signal);
  }
}

async function convertTo(
  material: Material,
  format: DiskFormat,
  context: ConvertContext,
): Promise<Converted> {
  switch (format.type) {
    case "raw": {
      const { convertToRaw } = require("./raw") as typeof import("./raw");
      return convertToRaw(material.disk, format, context);
    }
    case "qcow2": {
      const { convertToQcow2 } = require("./qcow2") as typeof import("./qcow2");
      return convertToQcow2(material.disk, format.compression, context);
    }
    case "vmdk": {
      const { convertToVmdk } = require("./vmdk") as typeof import("./vmdk");
      return convertToVmdk(material.disk, context);
    }
    case "ova": {
      const { convertToOva } = require("./ova") as typeof import("./ova");
      return convertToOva(material, format, context);
    }
    case "vhd": {
      const { convertToVhd } = require("./vhd") as typeof import("./vhd");
      return convertToVhd(material.disk, context);
    }
    case "gce": {
      const { convertToGce } = require("./gce") as typeof import("./gce");
      return convertToGce(material.disk, context);
    }
    case "containerdisk": {
      const { convertToContainerDisk } =
        require("./container-disk") as typeof import("./container-disk");
      return convertToContainerDisk(material, format, context);
    }
  }
}

/** Name and version of what will write the artifact's bytes. */
export async function encoderOf(format: FormatSpec, signal: AbortSignal): Promise<string> {
  switch (format.type) {
    case "raw":
      return (require("./raw") as typeof import("./raw")).rawEncoder(format.compression);
    case "qcow2": {
      const { qcow2Encoder } = require("./qcow2") as typeof import("./qcow2");
      return qcow2Encoder(format.compression, signal);
    }
    case "vmdk":
    case "ova":
      return (require("./vmdk") as typeof import("./vmdk")).vmdkEncoder();
    case "vhd":
      return "none";
    case "iso":
    case "seed":
      return (require("./iso") as typeof import("./iso")).isoEncoder(signal);
    case "gce":
      return (require("./raw") as typeof import("./raw")).rawEncoder("gzip");
    case "containerdisk": {
      const { sourceOf } = require("../plan/formats") as typeof import("../plan/formats");
      const source = sourceOf(format);
      // A raw disk lies in a layer that is compressed; the others are so themselves.
      return encoderOf(source ?? { type: "raw", compression: "gzip" }, signal);
    }
  }
}
