import { isJsonMap, type Json, type JsonMap } from "../../../base/json";

/** The only key of a map that stands for bytes. YAML cannot have a tag as a plain key, so no other map looks like it. */
const binaryTag = "!!binary";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A value that YAML tags as binary: text if the bytes are printable text, else a map with their base64. */
export function binaryValue(bytes: Uint8Array): Json {
  try {
    const text = utf8.decode(bytes);
    if (!/[^\P{Cc}\t\n\r]/u.test(text)) return text;
  } catch {
    // Not text.
  }
  return bytesOf(bytes);
}

export function bytesOf(content: Uint8Array | string): JsonMap {
  return { [binaryTag]: Buffer.from(content).toString("base64") };
}

export function isBinary(value: Json | undefined): value is JsonMap & { "!!binary": string } {
  if (!isJsonMap(value) || Object.keys(value).length !== 1) return false;
  return typeof value[binaryTag] === "string";
}
