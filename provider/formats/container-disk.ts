import type { FormatOf } from "../spec/format-spec";
import type { ConvertContext, Converted, Material } from "./format";

export function convertToContainerDisk(
  _material: Material,
  _format: FormatOf<"containerdisk">,
  _context: ConvertContext,
): Promise<Converted> {
  throw new Error("not made yet");
}
