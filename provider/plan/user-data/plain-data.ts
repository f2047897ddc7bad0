import type { InputProblem } from "../../base/errors";
import { isPlainObject, type Json } from "../../base/json";
import { propertyPath } from "./merge";

export interface PlainData {
  /** Undefined if the input is undefined or has a problem at its root. */
  readonly value: Json | undefined;
  readonly problems: readonly InputProblem[];
}

/** In characters. YAML limits a key to 1024 characters, including quotes and escapes. */
const longestKey = 128;

/** A copy of a value that JSON and YAML can represent, without map members that are undefined. */
export function readPlainData(value: unknown, at: string): PlainData {
  const problems: InputProblem[] = [];
  const refuse = (path: string, reason: string): Json | undefined => {
    problems.push({ path, reason });
    return undefined;
  };

  function read(item: unknown, path: string, ancestors: readonly object[]): Json | undefined {
    if (item === null || typeof item === "boolean" || item === undefined) return item;
    if (typeof item === "string") {
      return /\p{Surrogate}/u.test(item) ? refuse(path, "is not valid Unicode text") : item;
    }
    if (typeof item === "number") {
      if (Number.isInteger(item) ? Number.isSafeInteger(item) : Number.isFinite(item)) return item;
      return refuse(path, "is a number that cannot be represented exactly; write it as text");
    }
    if (typeof item !== "object")
      return refuse(path, `is a ${typeof item}, which YAML cannot represent`);
    if (ancestors.includes(item)) return refuse(path, "contains itself");
    const inside = [...ancestors, item];
    if (Array.isArray(item)) return readList(item, path, inside);
    if (isPlainObject(item)) return readMap(item, path, inside);
    return refuse(
      path,
      "is not a plain object; write a map, a list, text, a number or true or false",
    );
  }

  function readList(list: readonly unknown[], path: string, inside: readonly object[]): Json {
    return Array.from(list, (member, index) => {
      const place = propertyPath(path, index);
      if (member === undefined) refuse(place, "is undefined; leave the item out");
      return read(member, place, inside);
    }).filter((member) => member !== undefined);
  }

  function readMap(
    map: Readonly<Record<string, unknown>>,
    path: string,
    inside: readonly object[],
  ): Json {
    const members = Object.entries(map).flatMap(([key, member]) => {
      const place = propertyPath(path, key);
      if (/\p{Surrogate}/u.test(key)) refuse(path, "has a key that is not valid Unicode text");
      if (key.length > longestKey) refuse(path, `has a key of more than ${longestKey} characters`);
      const copy = read(member, place, inside);
      return copy === undefined ? [] : [[key, copy] as const];
    });
    return Object.fromEntries(members);
  }

  return { value: read(value, at, []), problems };
}
