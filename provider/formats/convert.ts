import type { FormatSpec } from "../spec/image-spec";
import { findTools } from "../system/tools";
import type { ConvertContext, Converted } from "./format";

/** Makes one artifact from the base disk. */
export async function convert(
  disk: string,
  format: FormatSpec,
  context: ConvertContext,
): Promise<Converted> {
  switch (format.type) {
    case "raw": {
      const { convertToRaw } = require("./raw") as typeof import("./raw");
      return convertToRaw(disk, context);
    }
    case "qcow2": {
      const { convertToQcow2 } = require("./qcow2") as typeof import("./qcow2");
      return convertToQcow2(disk, format.compression, context);
    }
  }
}

/** Name and version of what will write the artifact's bytes. */
export async function encoderOf(format: FormatSpec, signal: AbortSignal): Promise<string> {
  switch (format.type) {
    case "raw":
      return "none";
    case "qcow2": {
      const tools = await findTools(["qemu-img"], signal);
      return `qemu-img ${tools["qemu-img"].version}`;
    }
  }
}
