/** Options of an operation that reads or copies a whole file. */
export interface ProgressOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}
