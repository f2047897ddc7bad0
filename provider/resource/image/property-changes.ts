import { canonicalJson } from "../../base/json";
import { isAddedInput } from "../../schema/parse";
import type { Data, PropertyChange } from "../handlers";
import { ownMember } from "./own-member";

/** Every property of the inputs that differs, as the user wrote them, for a display of nothing else. */
export function propertyChanges(old: Data, now: Data): PropertyChange[] {
  return changesOf(visible(old), visible(now), "");
}

function visible(inputs: Data): Data {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !isAddedInput(name)));
}

/** Keys that a property path can hold without quotes. */
const plainKey = /^[A-Za-z_][\w-]*$/;

function changesOf(old: unknown, now: unknown, path: string): PropertyChange[] {
  if (isAbsent(old) && isAbsent(now)) return [];
  if (isAbsent(old)) return [{ path, kind: "add" }];
  if (isAbsent(now)) return [{ path, kind: "delete" }];
  if (canonicalJson(old) === canonicalJson(now)) return [];
  if (Array.isArray(old) && Array.isArray(now)) {
    const length = Math.max(old.length, now.length);
    return Array.from({ length }).flatMap((_, index) =>
      changesOf(old[index], now[index], `${path}[${index}]`),
    );
  }
  if (!isObject(old) || !isObject(now)) return [{ path, kind: "update" }];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  if (!keys.every((key) => plainKey.test(key))) return [{ path, kind: "update" }];
  return keys.flatMap((key) =>
    changesOf(ownMember(old, key), ownMember(now, key), path === "" ? key : `${path}.${key}`),
  );
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
