import { createHash } from "node:crypto";
import { canonicalJson } from "../base/json";
import { factsOf, type FileKind } from "./formats";
import { imageId } from "./keys";

/** Identity of a file that is published unchanged, without an install by this package. */
export interface FileIdentity {
  /** Prefix of its names at a target. */
  readonly name: string;
  readonly kind: FileKind;
  /**
   * Identity of its content, and the key of its record: its SHA-256, or the content digest for a file as large as the
   * disk itself, because hashing the holes would take minutes.
   */
  readonly fileKey: string;
}

/** Whether a file is as large as the disk, so that its content digest identifies it and not its SHA-256. */
export function isWholeDisk(kind: FileKind): boolean {
  if (kind.type === "vhd") return true;
  return kind.type === "raw" && (kind.compression ?? "none") === "none";
}

/** The encoder of a published file, because it is not known which program wrote it. */
export const fileEncoder = "unknown";

/** Equal keys mean the same bytes in the same format. */
export function fileArtifactKey({ kind, fileKey }: FileIdentity): string {
  const { mediaType } = factsOf(kind);
  const content = canonicalJson({ file: fileKey, format: kind.type, mediaType });
  return createHash("sha256").update(content).digest("hex");
}

/** `<name>-<12 of the file key>/<name>-<12 of the artifact key>.<extension>`, below a target's root. */
export function fileArtifactName(file: FileIdentity): string {
  const { name, kind, fileKey } = file;
  return `${imageId(name, fileKey)}/${name}-${fileArtifactKey(file).slice(0, 12)}.${factsOf(kind).extension}`;
}
