import type { InputProblem } from "../../../base/errors";
import { isJsonList, isJsonMap, type Json } from "../../../base/json";
import { propertyPath } from "../merge";
import { isBinary } from "./binary";

/** What is wrong with a value at a property path; empty if nothing is. */
export type Rule = (value: Json, at: string) => readonly InputProblem[];

type Kind = "null" | "flag" | "number" | "text" | "list" | "map";

const kindNames: Record<Kind, string> = {
  null: "null",
  flag: "true or false",
  number: "a number",
  text: "text",
  list: "a list",
  map: "a map",
};

/** Accepts the kinds of values that have a rule; `expected` describes them. */
export function choice(expected: string, rules: Partial<Record<Kind, Rule>>): Rule {
  return (value, at) => {
    const kind = kindOf(value);
    const rule = rules[kind];
    if (rule !== undefined) return rule(value, at);
    return [{ path: at, reason: `must be ${expected}, but is ${kindNames[kind]}` }];
  };
}

/** A rule for a value that is text; any other value is another rule's concern. */
export function textRule(check: (value: string, at: string) => readonly InputProblem[]): Rule {
  return (value, at) => (typeof value === "string" ? check(value, at) : []);
}

export function matching(pattern: RegExp, reason: string): Rule {
  return textRule((value, at) => (pattern.test(value) ? [] : [{ path: at, reason }]));
}

export const anything: Rule = () => [];

export const text = choice("text", { text: anything });
export const textOrNull = choice("text", { text: anything, null: anything });
export const textOrNumber = choice("text or a number", { text: anything, number: anything });
export const flag = choice("true or false, without quotes", { flag: anything, null: anything });

export function listOf(item: Rule, expected = "a list"): Rule {
  return choice(expected, { list: itemsOf(item) });
}

/** Every item of a list must follow the rule. */
export function itemsOf(item: Rule): Rule {
  return (value, at) =>
    isJsonList(value)
      ? value.flatMap((member, index) => item(member, propertyPath(at, index)))
      : [];
}

/** Every value of a map must follow the rule. */
export function membersOf(member: Rule): Rule {
  return (value, at) =>
    isJsonMap(value)
      ? Object.entries(value).flatMap(([key, item]) => member(item, propertyPath(at, key)))
      : [];
}

/** Values of known keys must follow their rules, and the required keys must be there. */
export function fieldsOf(
  rules: Readonly<Record<string, Rule>>,
  required: readonly string[] = [],
): Rule {
  return (value, at) => {
    if (!isJsonMap(value)) return [];
    const missing = required
      .filter((key) => value[key] === undefined)
      .map((key) => ({ path: propertyPath(at, key), reason: "is missing" }));
    const found = Object.entries(value).flatMap(([key, member]) =>
      ruleOf(rules, key)(member, propertyPath(at, key)),
    );
    return [...missing, ...found];
  };
}

/** The rule of a key that the user chose: it may have the name of a member that every object inherits. */
export function ruleOf(rules: Readonly<Record<string, Rule>>, key: string): Rule {
  return (Object.hasOwn(rules, key) ? rules[key] : undefined) ?? anything;
}

function kindOf(value: Json): Kind {
  if (value === null) return "null";
  // cloud-init gets bytes for it, which count as text.
  if (isBinary(value)) return "text";
  if (isJsonList(value)) return "list";
  if (typeof value === "object") return "map";
  if (typeof value === "boolean") return "flag";
  return typeof value === "number" ? "number" : "text";
}
