import type { ConvertContext, Converted } from "./format";

export function vmdkEncoder(): string {
  return "none";
}

export function convertToVmdk(_disk: string, _context: ConvertContext): Promise<Converted> {
  throw new Error("not made yet");
}
