/** What a reader of the user-data takes at one place, and how it is written. */
export type Shape = Scalar | Listed | Mapped | { readonly kind: "anything" | "text or list" };

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
  /** `any`: one of the reader's decoders takes a name in another case, and another one does not. */
  readonly letterCase: "exact" | "any";
}

export const text: Shape = { kind: "text" };
export const boolean: Shape = { kind: "boolean" };
export const integer: Shape = { kind: "integer" };
export const anything: Shape = { kind: "anything" };
/** One text, or a list of them. */
export const textOrList: Shape = { kind: "text or list" };

/** Text of which a general mistake is that it is written as something else. */
export function scalar(kind: Scalar["kind"], hint: string): Shape {
  return { kind, hint };
}

export function listOf(of: Shape, hint?: string): Shape {
  return { kind: "list", of, hint };
}

type Members = Readonly<Record<string, Shape>>;

interface MapOptions extends Written {
  readonly others?: Shape;
  readonly advice?: Readonly<Record<string, string>>;
  readonly letterCase?: Mapped["letterCase"];
}

/** A map of names that the user chooses. */
export function mapOf(of: Shape, hint?: string): Shape {
  return openFields({}, { others: of, hint });
}

/** A map of names that the reader defines; it ignores every other one. */
export function fields(keys: Members, options: MapOptions = {}): Shape {
  return mapped(keys, "ignored", options);
}

/** A map of names that the reader defines, beside names that others may read. */
export function openFields(keys: Members, options: MapOptions = {}): Shape {
  return mapped(keys, "free", options);
}

function mapped(
  keys: Members,
  unknown: Mapped["unknown"],
  { others = anything, advice = {}, letterCase = "exact", hint }: MapOptions,
): Shape {
  return {
    kind: "map",
    keys: new Map(Object.entries(keys)),
    others,
    unknown,
    advice: new Map(Object.entries(advice)),
    letterCase,
    hint,
  };
}
