/** Capability: files of a folder on this machine, or of one that is mounted here. */
export interface LocalFolder {
  /** Whether the file lies in this folder, whichever path it was published under. */
  contains(uri: string): boolean;
}
