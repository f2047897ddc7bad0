/** Context that most operations need besides their own arguments. A function that needs less takes `Pick<Context, ...>`. */
export interface Context {
  /** Absolute path that relative paths of the inputs resolve against: the Pulumi project's root, or the CLI's working directory. */
  readonly rootDirectory: string;
  /** Absolute path of the local cache. */
  readonly cacheDirectory: string;
  /** Shows a warning to the user. */
  readonly warn: (message: string) => void;
  /** Aborted when the operation is cancelled or its deadline has passed. */
  readonly signal: AbortSignal;
}
