import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { shownKey } from "./public-values";

export interface Merged {
  readonly document: JsonMap;
  readonly problems: readonly InputProblem[];
}

/**
 * Merges like the installer's collector (kairos-sdk `collector.DeepMerge`): maps merge deeply, lists of maps
 * concatenate, lists of scalars unite, a later scalar wins. Values that make the collector crash or fail (null, an
 * empty list, two kinds of value under one key) are problems everywhere, because the collector merges the result again
 * with the files on the ISO. `at` is the property path of `over`, for problems.
 */
export function mergeConfig(base: JsonMap, over: JsonMap, at = ""): Merged {
  const merged = overlayConfig(base, over, at);
  const refused = [
    ...findUnmergeable(base, at),
    ...findUnmergeable(over, at),
    ...findMixed(over, at),
  ];
  const seen = new Set(refused.map(({ path }) => path));
  return {
    document: merged.document,
    problems: [...refused, ...merged.problems.filter(({ path }) => !seen.has(path))],
  };
}

/** The same merge for installers without a collector: null and empty lists are allowed if nothing is merged with them. */
export function overlayConfig(base: JsonMap, over: JsonMap, at: string): Merged {
  const problems: InputProblem[] = [];
  return { document: mergeMaps(base, over, at, problems), problems };
}

/** `stages.initramfs[0].name`: a property path as the user writes it, without keys that may be secrets. */
export function propertyPath(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  const shown = shownKey(key);
  if (!/^[\w-]+$/.test(shown)) return `${parent}[${JSON.stringify(shown)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}

function mergeMaps(base: JsonMap, over: JsonMap, at: string, problems: InputProblem[]): JsonMap {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const current = merged.get(key);
    const path = propertyPath(at, key);
    merged.set(key, current === undefined ? value : mergeValues(current, value, path, problems));
  }
  return Object.fromEntries(merged);
}

function mergeValues(base: Json, over: Json, at: string, problems: InputProblem[]): Json {
  if (kindOf(base) !== kindOf(over)) {
    problems.push({ path: at, reason: `must be ${kindOf(base)}, but is ${kindOf(over)}` });
    return base;
  }
  if (isJsonMap(base) && isJsonMap(over)) return mergeMaps(base, over, at, problems);
  if (isJsonList(base) && isJsonList(over)) return mergeLists(base, over);
  return over;
}

function mergeLists(base: readonly Json[], over: readonly Json[]): readonly Json[] {
  const first = base[0];
  if (first === undefined) return over;
  return isJsonMap(first) ? [...base, ...over] : [...new Set([...base, ...over])];
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (isJsonMap(value)) return "a map";
  if (isJsonList(value)) return listKind(value);
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "true or false" : "a number";
}

// The collector chooses by the first item how to merge two lists, and panics when it compares maps or lists as scalars.
function listKind(list: readonly Json[]): string {
  if (list.length === 0) return "an empty list";
  if (list.every(isJsonMap)) return "a list of maps";
  if (list.every((item) => typeof item !== "object" || item === null)) return "a list of scalars";
  return "a list of mixed or nested items";
}

function findUnmergeable(value: Json, at: string): readonly InputProblem[] {
  if (value === null) {
    return [
      { path: at, reason: "is null, which crashes the installer; give a value or remove the key" },
    ];
  }
  if (isJsonMap(value)) {
    return Object.entries(value).flatMap(([key, member]) =>
      findUnmergeable(member, propertyPath(at, key)),
    );
  }
  if (!isJsonList(value)) return [];
  if (value.length === 0) {
    return [{ path: at, reason: "is an empty list, which crashes the installer; remove the key" }];
  }
  return value.flatMap((item, index) => findUnmergeable(item, propertyPath(at, index)));
}

/** Lists that the collector compares item by item, which it cannot do with maps and lists. Lists of maps it joins. */
function findMixed(value: Json, at: string): readonly InputProblem[] {
  if (isJsonMap(value)) {
    return Object.entries(value).flatMap(([key, member]) =>
      findMixed(member, propertyPath(at, key)),
    );
  }
  if (!isJsonList(value) || isJsonMap(value[0])) return [];
  if (!value.some((item) => isJsonMap(item) || isJsonList(item))) return [];
  const reason =
    "is a list of mixed or nested items, which crashes the installer; write a list of maps, or of text and numbers";
  return [{ path: at, reason }];
}
