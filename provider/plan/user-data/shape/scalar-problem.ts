import { isJsonList, isJsonMap, type Json } from "../../../base/json";
import type { Shape } from "./shape";

type ScalarShape = Exclude<Shape, { readonly kind: "anything" | "text or list" | "list" | "map" }>;

/** Why Go's YAML decoders do not read a value as the kind of a field, and how it is written; undefined if they do. */
export function scalarProblem(value: Json, shape: ScalarShape): string | undefined {
  if (isJsonMap(value)) return mistaken(shape, "a map", mapAdvice(shape));
  if (isJsonList(value)) return mistaken(shape, "a list", shape.hint ?? "write one value");
  switch (shape.kind) {
    case "text":
      return isStableText(value)
        ? undefined
        : "must be text; the installer would write this number in another form, so put it in quotes";
    case "octal":
      return typeof value === "string" && isOctal(value)
        ? undefined
        : mistaken(shape, typeof value === "string" ? "other text" : kindOf(value), shape.hint);
    case "reference":
      return typeof value === "string" && isReference(value)
        ? undefined
        : mistaken(shape, typeof value === "string" ? "other text" : kindOf(value), shape.hint);
    case "boolean":
      return typeof value === "boolean"
        ? undefined
        : mistaken(shape, kindOf(value), "write it so, without quotes");
    case "integer":
      return numberProblem(value, shape, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case "unsigned":
      return numberProblem(value, shape, 0, Number.MAX_SAFE_INTEGER);
    case "mode":
      return numberProblem(value, shape, 0, 0xffff_ffff);
  }
}

const expected: Readonly<Record<ScalarShape["kind"], string>> = {
  text: "text",
  octal: "text of octal digits",
  reference: "the source of a system image",
  boolean: "true or false",
  integer: "a whole number",
  unsigned: "a whole number",
  mode: "an octal number",
};

function mistaken({ kind }: ScalarShape, found: string, advice: string | undefined): string {
  const reason = `must be ${expected[kind]}, but is ${found}`;
  return advice === undefined ? reason : `${reason}; ${advice}`;
}

/** YAML reads `- echo status: up` as a map. */
function mapAdvice({ kind, hint }: ScalarShape): string | undefined {
  return hint ?? (kind === "text" ? "a text that contains `: ` must be in quotes" : undefined);
}

function numberProblem(
  value: Json,
  shape: ScalarShape,
  least: number,
  most: number,
): string | undefined {
  if (typeof value !== "number") {
    return mistaken(shape, kindOf(value), shape.hint ?? "write digits without quotes");
  }
  // Go cuts off a fraction without an error.
  if (!Number.isInteger(value)) return mistaken(shape, "a fraction", shape.hint);
  if (value < least) return mistaken(shape, "negative", shape.hint);
  return value > most ? mistaken(shape, "too large", shape.hint) : undefined;
}

/** Go's decoders read a number or a truth value as text. The installer writes a fraction once more, in Go's own form. */
function isStableText(value: Json): boolean {
  if (typeof value !== "number" || Number.isInteger(value)) return true;
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6;
}

/** strconv.ParseUint(text, 8, 32); empty text means that no mode is given. */
function isOctal(text: string): boolean {
  return /^[0-7]*$/.test(text) && Number.parseInt(text || "0", 8) <= 0xffff_ffff;
}

const host = String.raw`(?:[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*(?::\d+)?/)?`;
const name = String.raw`[a-z\d]+(?:(?:\.|__?|-+)[a-z\d]+)*`;
const tag = String.raw`(?::\w[\w.-]{0,127})?(?:@[a-z][a-z\d]*(?:[+._-][a-z][a-z\d]*)*:[\da-f]{32,})?`;
const imageName = new RegExp(`^${host}${name}(?:/${name})*${tag}$`, "i");

function isReference(text: string): boolean {
  if (/^(?:dir|file):/.test(text)) return true;
  const reference = text.replace(/^(?:oci|docker):(?:\/\/)?/, "");
  return imageName.test(reference) && !/[A-Z]/.test(reference.replace(/[:@].*$/, ""));
}

/** The kind of a value, as a reason names it. */
export function kindOf(value: Json): string {
  if (isJsonMap(value)) return "a map";
  if (isJsonList(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "true or false" : "a number";
}
