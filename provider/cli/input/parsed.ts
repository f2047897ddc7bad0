import type { InputProblem } from "../../base/errors";

/** The value of options, without the parts that could not be parsed, and all problems of them. */
export interface Parsed<T> {
  readonly value: T;
  readonly problems: readonly InputProblem[];
}
