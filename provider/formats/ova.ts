import type { FormatOf } from "../spec/format-spec";
import type { ConvertContext, Converted, Material } from "./format";

export function convertToOva(
  _material: Material,
  _format: FormatOf<"ova">,
  _context: ConvertContext,
): Promise<Converted> {
  throw new Error("not made yet");
}
