/** What a reader of the user-data takes at one place, and how it is written. */
export type Shape = Scalar | Listed | Mapped | { readonly kind: "anything" };

interface Written {
  /** How the value is written correctly, where the general advice is not enough. */
  readonly hint?: string | undefined;
}

interface Scalar extends Written {
  /** `octal`: text of octal digits. `reference`: the source of a system image. */
  readonly kind: "text" | "octal" | "reference" | "boolean" | "integer" | "unsigned" | "mode";
}

interface Listed extends Written {
  readonly kind: "list";
  readonly of: Shape;
}

export interface Mapped extends Written {
  readonly kind: "map";
  /** The names that the reader knows. */
  readonly keys: ReadonlyMap<string, Shape>;
  /** The shape of the value of any other name. */
  readonly others: Shape;
  /** `ignored`: no reader of the user-data reads another name here. `free`: the user or an extension may choose names. */
  readonly unknown: "ignored" | "free";
  /** Names that are certainly ignored here although users write them, and what to write instead. */
  readonly advice: ReadonlyMap<string, string>;
}

export const text: Shape = { kind: "text" };
export const boolean: Shape = { kind: "boolean" };
export const integer: Shape = { kind: "integer" };
export const unsigned: Shape = { kind: "unsigned" };
export const anything: Shape = { kind: "anything" };

/** Text of which a general mistake is that it is written as something else. */
export function scalar(kind: Scalar["kind"], hint: string): Shape {
  return { kind, hint };
}

export function listOf(of: Shape, hint?: string): Shape {
  return { kind: "list", of, hint };
}

/** A map of names that the user chooses. */
export function mapOf(of: Shape, hint?: string): Shape {
  return { kind: "map", keys: new Map(), others: of, unknown: "free", advice: new Map(), hint };
}

type Members = Readonly<Record<string, Shape>>;
type Advice = Readonly<Record<string, string>>;

/** A map of names that the reader defines; it ignores every other one. */
export function fields(keys: Members, written: { hint?: string; advice?: Advice } = {}): Shape {
  return {
    kind: "map",
    keys: new Map(Object.entries(keys)),
    others: anything,
    unknown: "ignored",
    advice: new Map(Object.entries(written.advice ?? {})),
    hint: written.hint,
  };
}

/** A map of names that the reader defines, beside names that others may read. */
export function openFields(
  keys: Members,
  written: { others?: Shape; hint?: string; advice?: Advice } = {},
): Shape {
  return {
    kind: "map",
    keys: new Map(Object.entries(keys)),
    others: written.others ?? anything,
    unknown: "free",
    advice: new Map(Object.entries(written.advice ?? {})),
    hint: written.hint,
  };
}
