import { createHash } from "node:crypto";
import { canonicalJson } from "../base/json";
import { factsOf, type FileKind } from "./formats";
import { imageId } from "./keys";

/** A file that is published as it is, without an install of ours. */
export interface FileIdentity {
  /** What its names begin with. */
  readonly name: string;
  readonly kind: FileKind;
  /**
   * Identity of its content, and what its record is found by: its SHA-256, or the content digest of what is as large
   * as the disk itself, where hashing the holes would take minutes.
   */
  readonly fileKey: string;
}

/** Whether a file is known by its content digest and not by its SHA-256. */
export function isWholeDisk(kind: FileKind): boolean {
  if (kind.type === "vhd") return true;
  return kind.type === "raw" && (kind.compression ?? "none") === "none";
}

/** In place of an encoder: nobody knows what wrote the file. */
export const fileEncoder = "unknown";

/** The same key means the same bytes, taken for the same format. */
export function fileArtifactKey({ kind, fileKey }: FileIdentity): string {
  const { mediaType } = factsOf(kind);
  const said = canonicalJson({ file: fileKey, format: kind.type, mediaType });
  return createHash("sha256").update(said).digest("hex");
}

/** `<name>-<12 of the file key>/<name>-<12 of the artifact key>.<extension>`, below a target's root. */
export function fileArtifactName(file: FileIdentity): string {
  const { name, kind, fileKey } = file;
  return `${imageId(name, fileKey)}/${name}-${fileArtifactKey(file).slice(0, 12)}.${factsOf(kind).extension}`;
}
