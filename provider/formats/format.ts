export interface ConvertContext {
  /** Where the artifact goes; nothing is there. The converter may also answer with another path. */
  readonly output: string;
  /** Whether a target will send the artifact over a network. */
  readonly remote: boolean;
  readonly onProgress: (percent: number) => void;
  readonly signal: AbortSignal;
}

export interface Converted {
  readonly path: string;
  readonly sha256: string | undefined;
}
