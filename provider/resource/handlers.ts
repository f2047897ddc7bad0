import type { InputProblem } from "../base/errors";

/** Inputs or outputs as the engine sends them. */
export type Data = Readonly<Record<string, unknown>>;

/** Context of every handler, besides its own arguments. */
export interface Call {
  /** URN of the resource; undefined if the engine gives none. */
  readonly urn: string | undefined;
  readonly log: CallLog;
  /** Aborted when the engine cancels, and at the deadline of the call. */
  readonly signal: AbortSignal;
}

/** Messages for the user, on the resource's row. */
export interface CallLog {
  /** Shows a status on the resource's row at once. */
  readonly stage: (message: string) => void;
  /** Shows a status when the last one has been visible long enough; a newer status replaces a waiting one. */
  readonly status: (message: string) => void;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** The result of `check`. */
export interface CheckResult {
  /** Inputs with the values that `check` added. */
  readonly inputs: Data;
  readonly problems: readonly InputProblem[];
}

/** The result of `diff`. */
export interface DiffResult {
  readonly changes: boolean;
  /** Input properties that force a new resource. */
  readonly replaces: readonly string[];
  /** Sentences for the user. */
  readonly reasons: readonly string[];
  /** The changes that a preview shows; if absent, the engine compares all inputs and outputs. */
  readonly properties?: readonly PropertyChange[];
}

/** A property that differs from the former inputs, or from the outputs. */
export interface PropertyChange {
  /** Path as the engine writes it: `formats[0].compression`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** Where the former value stands. Default: the inputs. */
  readonly of?: "outputs";
}

/** A resource in state. */
export interface ExistingResource {
  readonly id: string;
  readonly outputs: Data;
}

/**
 * One kind of resource. The interface does not depend on Pulumi's dynamic providers, so that a native provider could use
 * it too. If a handler fails after something was published, it throws `PartialState`.
 */
export interface Handlers {
  check(call: Call, request: { oldInputs: Data; newInputs: Data }): Promise<CheckResult>;
  diff(call: Call, request: ExistingResource & { newInputs: Data }): Promise<DiffResult>;
  create(call: Call, request: { inputs: Data }): Promise<ExistingResource>;
  update(call: Call, request: ExistingResource & { newInputs: Data }): Promise<Data>;
  /** Undefined if the resource is definitely gone. */
  read(call: Call, request: ExistingResource): Promise<ExistingResource | undefined>;
  delete(call: Call, request: ExistingResource): Promise<void>;
}

/** The call failed, but something exists that the engine must keep in state. */
export class PartialState extends Error {
  readonly existing: ExistingResource;

  constructor(message: string, existing: ExistingResource, cause: unknown) {
    super(message, { cause });
    this.name = "PartialState";
    this.existing = existing;
  }
}
