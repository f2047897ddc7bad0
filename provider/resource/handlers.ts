import type { InputProblem } from "../base/errors";

export type Data = Readonly<Record<string, unknown>>;

/** What every call of a resource gets besides its own arguments. */
export interface Call {
  /** URN of the resource, where the engine gives one. */
  readonly urn: string | undefined;
  readonly log: CallLog;
  /** Aborted when the engine cancels, or when the call's time is over. */
  readonly signal: AbortSignal;
}

export interface CallLog {
  /** Replaces the status on the resource's row at once. */
  readonly stage: (message: string) => void;
  /** Replaces it when it is time; the newest counts. */
  readonly status: (message: string) => void;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
}

export interface Checked {
  readonly inputs: Data;
  readonly problems: readonly InputProblem[];
}

export interface Difference {
  readonly changes: boolean;
  /** Input properties that force a new resource. */
  readonly replaces: readonly string[];
  /** Why, for the person at the terminal. */
  readonly reasons: readonly string[];
}

export interface Existing {
  readonly id: string;
  readonly outputs: Data;
}

/**
 * One kind of resource, as an engine sees it. Written so that the dynamic provider's stub can adapt to it today and
 * a native provider tomorrow. Partial success is a thrown `PartialState`.
 */
export interface Handlers {
  check(call: Call, request: { oldInputs: Data; newInputs: Data }): Promise<Checked>;
  diff(call: Call, request: Existing & { newInputs: Data }): Promise<Difference>;
  create(call: Call, request: { inputs: Data }): Promise<Existing>;
  update(call: Call, request: Existing & { newInputs: Data }): Promise<Data>;
  /** Undefined when it is definitely gone. */
  read(call: Call, request: Existing): Promise<Existing | undefined>;
  delete(call: Call, request: Existing): Promise<void>;
}

/** Something exists although the call failed: the engine must keep it in state. */
export class PartialState extends Error {
  readonly existing: Existing;

  constructor(message: string, existing: Existing, cause: unknown) {
    super(message, { cause });
    this.name = "PartialState";
    this.existing = existing;
  }
}
