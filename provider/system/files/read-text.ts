import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { decodeText } from "../../base/decode-text";

/** A file whose bytes are no text that can be used. */
export class NotText extends Error {
  /** To follow the name of the file. */
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`${path} ${reason}`);
    this.name = "NotText";
    this.reason = reason;
  }
}

/** Reads a text that a user wrote. Throws errors of the file system, or `NotText`. */
export async function readText(path: string): Promise<string> {
  return textOf(await readFile(path), path);
}

/** See `readText`. */
export function readTextSync(path: string): string {
  return textOf(readFileSync(path), path);
}

/** The text in the bytes of a file. Throws `NotText`. */
export function textOf(bytes: Uint8Array, path: string): string {
  const decoded = decodeText(bytes, path);
  if ("problem" in decoded) throw new NotText(path, decoded.problem);
  return decoded.text;
}
