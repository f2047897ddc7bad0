/** A regular file of an installed file system. */
export interface InstalledFile {
  /** Absolute within its file system. */
  readonly path: string;
  readonly sizeBytes: number;
}
