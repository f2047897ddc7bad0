/** Capability: small files, each created once and never changed in place. Paths are relative, with `/`. */
export interface RecordStore {
  readonly id: string;
  /** Returns undefined only when the file definitely does not exist; otherwise throws `publish.*`. */
  read(path: string, signal: AbortSignal): Promise<string | undefined>;
  /** Creates the file unless it exists; atomic against other programs. */
  create(path: string, text: string, signal: AbortSignal): Promise<"created" | "exists">;
  /** Full paths that begin with `prefix`, in any order; at most `atMost` of them. */
  list(prefix: string, signal: AbortSignal, atMost?: number): Promise<readonly string[]>;
  /** Removes the file; a missing file is not an error. */
  remove(path: string, signal: AbortSignal): Promise<void>;
}
