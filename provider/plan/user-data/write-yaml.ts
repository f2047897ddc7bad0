import { StylusError } from "../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { isBinary } from "./cloud-init/binary";
import { templateHeader } from "./cloud-init/template";

/** The installer's collector ignores larger files, and the guest would idle for ever. Bytes. */
export const largestUserData = 1_000_000;

/**
 * A cloud-config that readers of YAML 1.1 and 1.2 read alike: block style, sorted keys (so that one install key means
 * one text), and plain style only for text that no reader interprets as another type.
 */
export function renderUserData(document: JsonMap): string {
  const text = renderConfig(document);
  const size = Buffer.byteLength(text);
  if (size <= largestUserData) return text;
  throw new StylusError("user-data.refused", {
    what: `The user-data is ${size} bytes long; the installer skips more than ${largestUserData}.`,
    next: "Move large files out of the user-data, for example to a server that the machine downloads them from.",
  });
}

/** The text, without the limit on its size. */
export function renderConfig(document: JsonMap): string {
  const { [templateHeader]: template, ...config } = document;
  const first = template === undefined ? [] : [`${templateHeader}: jinja`];
  const body =
    Object.keys(config).length === 0
      ? ["{}"]
      : writeMap(config, template === undefined ? quote : quoteInTemplate);
  return [...first, "#cloud-config", ...body, ""].join("\n");
}

/** Writes a text in quotes. */
type Quote = (text: string) => string;

function writeMap(map: JsonMap, quote: Quote): string[] {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => {
      const name = isPlain(key) ? key : quote(key);
      // A list is indented by two more than its key, like a map. All readers accept that.
      if (isNested(value)) return [`${name}:`, ...indent(writeNested(value, quote))];
      const [first = "", ...rest] = writeScalar(value, quote);
      return [`${name}: ${first}`, ...indent(rest)];
    });
}

function writeList(list: readonly Json[], quote: Quote): string[] {
  return list.flatMap((item) => {
    const [first = "", ...rest] = isNested(item)
      ? writeNested(item, quote)
      : writeScalar(item, quote);
    return [`- ${first}`, ...indent(rest)];
  });
}

function isNested(value: Json): value is JsonMap | readonly Json[] {
  if (typeof value !== "object" || value === null || isBinary(value)) return false;
  return Object.keys(value).length > 0;
}

function writeNested(value: JsonMap | readonly Json[], quote: Quote): string[] {
  return isJsonList(value)
    ? writeList(value, quote)
    : isJsonMap(value)
      ? writeMap(value, quote)
      : [];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

function writeScalar(value: Json, quote: Quote): string[] {
  if (typeof value === "string") return writeText(value, quote);
  if (typeof value === "number") return [writeNumber(value)];
  if (isBinary(value)) return [`!!binary ${quote(value["!!binary"])}`];
  if (typeof value === "object" && value !== null) return [isJsonList(value) ? "[]" : "{}"];
  return [String(value)];
}

// YAML 1.1 requires a point in a number with an exponent: 1e-7 would be text.
function writeNumber(value: number): string {
  const text = String(value);
  return /^-?\d+e/.test(text) ? text.replace("e", ".0e") : text;
}

function writeText(text: string, quote: Quote): string[] {
  if (isPlain(text)) return [text];
  return isBlock(text)
    ? [blockHeader(text), ...text.replace(/\n$/, "").split("\n")]
    : [quote(text)];
}

const words = /^(?:y|yes|n|no|on|off|true|false|null|~)$/i;

/**
 * Begins with a letter or a slash and contains nothing with a meaning in any version of YAML: no `: `, no ` #`, no
 * leading digit, and so no number, date, octal or base-60 number of YAML 1.1.
 */
function isPlain(text: string): boolean {
  return /^[A-Za-z/][\w./@+=,()-]*(?: [\w./@+=,()-]+)*$/.test(text) && !words.test(text);
}

/** Lines of printable ASCII. The first one shows the indentation, and at most one line break is at the end. */
function isBlock(text: string): boolean {
  return (
    /^[!-~][ -~\t]*\n/.test(text) && /^[\n\t -~]*$/.test(text) && !/\n\n$|[ \t](?:\n|$)/.test(text)
  );
}

function blockHeader(text: string): string {
  return text.endsWith("\n") ? "|" : "|-";
}

/** JSON's quoting, with escapes for characters that are not printable or are line breaks in YAML. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u00ad\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Single quotes around an expression that contains double ones: cloud-init expands a template before it reads it as YAML, and
 * an expression may not contain the escapes of double quotes.
 */
function quoteInTemplate(text: string): string {
  const isLine = /^[ -~]*$/.test(text);
  const isEscaped = /["\\]/.test(text.slice(text.search(/\{[{%]|$/)));
  return isLine && isEscaped && !text.includes("'") ? `'${text}'` : quote(text);
}
