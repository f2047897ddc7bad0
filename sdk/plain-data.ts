import * as pulumi from "@pulumi/pulumi";
import { isPlainObject } from "../provider/base/json";

/**
 * The arguments, if they are plain data that Pulumi passes on as it is. Anything else, such as a `Date` or a `Map`, would
 * arrive as an empty object, so that a change of it were never seen. Values of outputs and promises are checked when they
 * are known.
 */
export function plainData<T>(value: T, resource: string): T;
export function plainData(value: unknown, resource: string): unknown {
  return checked(value, "", { resource, ancestors: new Set() });
}

interface Place {
  /** Beginning of messages. */
  readonly resource: string;
  readonly ancestors: ReadonlySet<object>;
}

function checked(value: unknown, path: string, place: Place): unknown {
  if (pulumi.Output.isInstance(value)) {
    return value.apply((resolved: unknown) => checked(resolved, path, place));
  }
  if (value instanceof Promise) {
    return value.then((resolved: unknown) => checked(resolved, path, place));
  }
  const problem = problemOf(value, place.ancestors);
  if (problem !== undefined) {
    throw new pulumi.RunError(`${place.resource}: \`${path}\` ${problem}.`);
  }
  if (typeof value !== "object" || value === null || isOfPulumi(value)) return value;
  const inside = { ...place, ancestors: new Set(place.ancestors).add(value) };
  if (Array.isArray(value)) {
    // Unlike `map`, `Array.from` visits the holes of a sparse list.
    return Array.from(value, (item: unknown, index) => checked(item, `${path}[${index}]`, inside));
  }
  const members = Object.entries(value).map(([key, member]: [string, unknown]) => [
    key,
    checked(member, memberPath(path, key), inside),
  ]);
  return Object.fromEntries(members);
}

function memberPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** The value to write instead of an object of a class. */
const instead: Readonly<Record<string, string>> = {
  Date: "its text, `.toISOString()`",
  URL: "its text, `.href`",
  RegExp: "its text, `.source`",
  Map: "a plain object, `Object.fromEntries(...)`",
  Set: "a list, `[...]`",
  Error: "its text, `.message`",
};

function problemOf(value: unknown, ancestors: ReadonlySet<object>): string | undefined {
  switch (typeof value) {
    case "string":
      // Pulumi sends text as UTF-8, in which every such half is the same replacement character.
      return /\p{Surrogate}/u.test(value)
        ? "is text with half of a surrogate pair, which cannot be sent; write bytes as base64"
        : undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `is ${value}, which is not data; write a text`;
    case "bigint":
      return "is a BigInt, which Pulumi cannot pass on; write its text, `String(...)`";
    case "function":
      return "is a function, whose changes cannot be seen; write data";
    case "symbol":
      return "is a symbol, whose changes cannot be seen; write a text";
    case "boolean":
    case "undefined":
      return undefined;
    case "object":
      return value === null || isOfPulumi(value) ? undefined : objectProblem(value, ancestors);
  }
}

function objectProblem(value: object, ancestors: ReadonlySet<object>): string | undefined {
  if (ancestors.has(value)) return "contains itself";
  if (Array.isArray(value)) return undefined;
  if (pulumi.ComponentResource.isInstance(value)) {
    return "is a component, which never changes; write one of its outputs";
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return 'holds bytes, which Pulumi cannot pass on; write text, `Buffer.from(...).toString("base64")`';
  }
  if (!isPlainObject(value)) {
    const name = nameOf(value);
    const [, advice = "plain data"] = Object.entries(instead).find(([key]) => key === name) ?? [];
    return `is ${/^[AEIOU](?!RL)/.test(name) ? "an" : "a"} ${name}, whose content Pulumi does not pass on, so that a change would not be seen; write ${advice}`;
  }
  return Object.getOwnPropertySymbols(value).length > 0
    ? "has a property that is named by a symbol, whose changes cannot be seen; name it by a text"
    : undefined;
}

/** Values with a form of their own in Pulumi: files, and resources as their IDs. */
function isOfPulumi(value: object): boolean {
  return (
    pulumi.asset.Asset.isInstance(value) ||
    pulumi.asset.Archive.isInstance(value) ||
    pulumi.CustomResource.isInstance(value)
  );
}

function nameOf(value: object): string {
  if (value instanceof Error) return "Error";
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name !== ""
    ? constructor.name
    : "object of a class";
}
