import type { ConvertContext, Converted } from "./format";

export function convertToVhd(_disk: string, _context: ConvertContext): Promise<Converted> {
  throw new Error("not made yet");
}
