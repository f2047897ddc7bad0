import type { Publication } from "../schema/state";

/** A complete local file to publish. */
export interface LocalFile {
  /** Absolute path on the build host. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Virtual size of the disk inside, holes included; absent for a file without a disk, such as an ISO. */
  readonly diskSizeBytes?: number | undefined;
  readonly sha256?: string | undefined;
  readonly mediaType: string;
  readonly artifactKey: string;
  /** Name below the target's root: `<image>-<install key>/<image>-<artifact key>.qcow2`. */
  readonly name: string;
}

/** A local file that holds an image in one of the formats. */
export interface LocalArtifact extends LocalFile {
  readonly format: Publication["format"];
}
