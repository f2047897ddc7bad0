import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  visit,
} from "yaml";
import type { Document, Node, Scalar, YAMLError } from "yaml";
import { plainText, textProblem } from "../../base/text";
import { binaryValue } from "./cloud-init/binary";
import { readPlainData, type PlainData } from "./plain-data";
import { findUnclosed } from "./unclosed";

/** Whose forms of text are read: cloud-init has values of bytes and templates, which Kairos has not. */
export type Syntax = "cloud-init" | "kairos";

/**
 * The data of a YAML text. A text that readers of YAML 1.1 and 1.2 would read differently is a problem.
 *
 * @public loaded by `require` in read.ts
 */
export function parseText(given: string, syntax: Syntax): PlainData {
  const text = plainText(given);
  const problem = textProblem(text);
  if (problem !== undefined) return failed([problem]);
  const lines = new LineCounter();
  // prettyErrors would quote the line, which may contain a secret.
  const documents = [
    ...parseAllDocuments(text, {
      merge: true,
      prettyErrors: false,
      lineCounter: lines,
    }),
  ];
  const where = (position: number): string => `line ${lines.linePos(position).line}`;
  const errors = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  if (errors.length > 0) return failed(explainYamlErrors(errors, text, where));

  const [document, second] = documents;
  if (document === undefined) return failed(["is empty"]);
  if (second !== undefined) {
    return failed([`${where(second.range[0])}: a second document begins; write one document only`]);
  }
  const ambiguous = isMap(document.contents) ? findAmbiguities(document, syntax, where) : [];
  if (ambiguous.length > 0) return failed(ambiguous);
  try {
    return readPlainData(document.toJS({ maxAliasCount: 100 }), "userData");
  } catch {
    return failed(["uses aliases that expand to too much data; write the values out"]);
  }
}

function failed(reasons: readonly string[]): PlainData {
  return { value: undefined, problems: reasons.map((reason) => ({ path: "userData", reason })) };
}

// The parser's own messages quote the token, which may be a secret.
const explanations: Partial<Record<YAMLError["code"], string>> = {
  BAD_DQ_ESCAPE: "a double-quoted text has an unknown escape",
  BAD_INDENT: "the indentation does not match the lines around it",
  BAD_SCALAR_START: "a plain text begins with a reserved character; quote it",
  BLOCK_AS_IMPLICIT_KEY: "a nested map on one line; quote a text that contains `: `",
  DUPLICATE_KEY: "a map has the same key twice",
  MISSING_CHAR: "a closing quote, a bracket, a comma or a space after `:` or `-` is missing",
  MULTILINE_IMPLICIT_KEY: "a key spans lines; a `:` is missing, or a text needs quotes",
  TAB_AS_INDENT: "a tab is used as indentation; use spaces",
  TAG_RESOLVE_FAILED: "has a tag or an escape that no cloud-config needs; remove it",
};

/** Errors that follow from a bracket or a quote that is not closed. */
const consequences = new Set<YAMLError["code"]>(["BAD_INDENT", "MISSING_CHAR", "UNEXPECTED_TOKEN"]);

/** What is wrong with a YAML text, without the text. */
export function explainYamlErrors(
  errors: readonly YAMLError[],
  text: string,
  where: (position: number) => string,
): readonly string[] {
  const unclosed = findUnclosed(text);
  const others =
    unclosed.length === 0 ? errors : errors.filter(({ code }) => !consequences.has(code));
  const reasons = [
    ...unclosed.map(({ at, reason }) => `${where(at)}: ${reason}`),
    ...others.map((error) => `${where(error.pos[0])}: ${explain(error)}`),
  ];
  return [...new Set(reasons)];
}

function explain(error: YAMLError): string {
  return explanations[error.code] ?? "is not valid YAML";
}

function findAmbiguities(
  document: Document,
  syntax: Syntax,
  where: (position: number) => string,
): string[] {
  const reasons: string[] = [];
  const refuse = (node: Node, reason: string) =>
    reasons.push(`${where(node.range?.[0] ?? 0)}: ${reason}`);

  visit(document, (key, node, parents) => {
    if (isPair(node)) {
      if (isCollection(node.key)) refuse(node.key, "a key is a map or a list; keys are text");
      return;
    }
    if (!isNode(node)) return;
    if (isAlias(node)) {
      if (node.resolve(document) === undefined) refuse(node, "an alias has no anchor before it");
      return;
    }
    if (isScalar(node) && node.value instanceof Uint8Array && syntax === "cloud-init") {
      node.value = binaryValue(node.value);
      return;
    }
    if (node.tag !== undefined) {
      if (!plainTags.has(node.tag)) refuse(node, "has a tag that no cloud-config needs; remove it");
      return;
    }
    if (!isScalar(node) || key === "key" || node.type !== "PLAIN") return;
    const parent = parents.at(-1);
    const name = isPair(parent) && isScalar(parent.key) ? parent.key.value : undefined;
    if (name === "permissions" && readOctal(node)) return;
    const reason = ambiguity(node);
    if (reason !== undefined) refuse(node, reason);
  });
  return reasons;
}

const plainTags = new Set(["str", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`));

/**
 * `permissions: 0644` is octal for every Go reader and for the author, but decimal in YAML 1.2. Changes the scalar to
 * the octal number.
 */
function readOctal(node: Scalar): boolean {
  if (node.source === undefined || !/^0o?[0-7]{3,4}$/.test(node.source)) return false;
  node.value = Number.parseInt(node.source.replace("o", ""), 8);
  return true;
}

/**
 * Readers of YAML 1.1 and 1.2 disagree on words such as `yes`, and a number that is written in another form (1.10 as
 * 1.1) changes if the installer expects text. Such values must be quoted.
 */
function ambiguity(node: Scalar): string | undefined {
  const source = node.source ?? "";
  if (typeof node.value === "string" && /^(?:y|yes|n|no|on|off)$/i.test(source)) {
    return "yes, no, on and off are text to some readers and true or false to others; write true or false, or quote it";
  }
  const number = typeof node.value === "number" && String(node.value) !== source;
  const digits =
    typeof node.value === "string" &&
    /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[\da-f_]+|\d[\d_]*)$/i.test(source);
  if (!number && !digits) return undefined;
  return "a number in a form that readers interpret differently; quote it, or write plain decimal digits";
}
