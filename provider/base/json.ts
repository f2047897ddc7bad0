/** Plain data as JSON and YAML can carry it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

export function isJsonMap(value: Json | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !isJsonList(value);
}

/** `Array.isArray` alone does not narrow readonly arrays out of a union. */
export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * The one text of a value: map keys sorted by code unit, no white space, map members that are undefined left out.
 * Throws on everything that has no such text (cycles, bigint, functions, dates, NaN, undefined in a
 * list), because two different values must never share a hash.
 */
export function canonicalJson(value: unknown): string {
  return write(value, new Set());
}

function write(value: unknown, ancestors: ReadonlySet<object>): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON.`);
    return JSON.stringify(value);
  }
  if (typeof value !== "object") throw new TypeError(`A ${typeof value} has no canonical JSON.`);
  if (ancestors.has(value))
    throw new TypeError("A value that contains itself has no canonical JSON.");
  const inside = new Set(ancestors).add(value);
  if (Array.isArray(value)) {
    // Array.from, unlike map, visits the holes of a sparse list.
    return `[${Array.from(value, (item: unknown) => write(item, inside)).join(",")}]`;
  }
  if (!isPlainObject(value)) throw new TypeError("Only plain objects have canonical JSON.");
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member, inside)}`);
  return `{${members.join(",")}}`;
}

/** An object literal, or what JSON.parse, structuredClone or another realm makes of one. */
export function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
