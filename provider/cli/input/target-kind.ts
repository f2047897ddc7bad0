import type { TargetOptions } from "../options/target";

/** One element of the input `publishTo`, not yet checked. */
export type TargetInput = Readonly<Record<string, unknown>>;

/** Options for a target's input besides its address. */
export interface TargetContext {
  readonly options: TargetOptions;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly deploy: Readonly<Record<string, string>> | undefined;
}

/** Options that have an effect only if some `--to` value matches. */
export interface OptionOwner {
  readonly options: readonly (keyof TargetOptions)[];
  readonly matches: (place: string) => boolean;
  /** The problem of `--to` if no value matches. */
  readonly reason: string;
}

/** How the command line writes one kind of target. */
export interface TargetKind extends OptionOwner {
  readonly input: (place: string, context: TargetContext) => TargetInput;
}
