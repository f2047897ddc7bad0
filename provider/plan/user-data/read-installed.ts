import { Document, parseAllDocuments } from "yaml";
import type { ScalarTag, Tags } from "yaml";
import type { InputProblem } from "../../base/errors";
import { isJsonMap, type JsonMap } from "../../base/json";
import { readPlainData } from "./plain-data";
import { explainYamlErrors } from "./read-yaml";

export interface InstalledConfiguration {
  readonly document: JsonMap;
  /** Their paths begin below the document: `stages.boot[0].commands`. */
  readonly problems: readonly InputProblem[];
}

/** A cloud-config of the installed system, which reads it with Go's YAML packages. A problem never quotes a value. */
export function readInstalledText(text: string): InstalledConfiguration {
  const document = parseLikeGo(text);
  if (document.errors.length > 0) {
    const lineOf = (position: number): string =>
      `line ${text.slice(0, position).split("\n").length}`;
    return refused(explainYamlErrors(document.errors, text, lineOf));
  }
  const data: unknown = document.toJS({
    maxAliasCount: 100,
    reviver: (_, it) => withoutLargeNumber(it),
  });
  const { value, problems } = readPlainData(data, "");
  if (value === undefined || value === null) return { document: {}, problems };
  if (!isJsonMap(value)) return refused(["is not a map of keys and values"]);
  return { document: value, problems };
}

/** A number that JavaScript cannot hold exactly is kept as text: no field of a cloud-config takes such a number. */
function withoutLargeNumber(value: unknown): unknown {
  return typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER
    ? String(value)
    : value;
}

function refused(reasons: readonly string[]): InstalledConfiguration {
  return { document: {}, problems: reasons.map((reason) => ({ path: "", reason })) };
}

/**
 * The first document, as gopkg.in/yaml.v2 resolves its scalars: by YAML 1.1, except that `1:30` and dates stay text,
 * and `0o644` is a number.
 */
export function parseLikeGo(text: string): Document {
  const [first] = parseAllDocuments(text, {
    version: "1.1",
    merge: true,
    prettyErrors: false,
    customTags: (tags) => [...tags.filter((tag) => !isTime(tag)), octal],
  });
  return first ?? new Document(null);
}

function isTime(tag: Tags[number]): boolean {
  if (typeof tag === "string") return /time/i.test(tag);
  return tag.tag === "tag:yaml.org,2002:timestamp" || ("format" in tag && tag.format === "TIME");
}

const octal: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0o[0-7]+$/,
  resolve: (text) => Number(text.replace(/^[-+]/, "")) * (text.startsWith("-") ? -1 : 1),
};
