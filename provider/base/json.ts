/** Data that JSON and YAML can represent. */
export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

export function isJsonMap(value: Json | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !isJsonList(value);
}

/** `Array.isArray` alone does not narrow a union with readonly arrays. */
export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * The canonical text of a value: keys sorted by code unit, no white space, undefined members left
 * out. Throws for a value without such a text (cycles, bigint, functions, dates, NaN, undefined in
 * a list), because two different values must never have the same hash.
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
    // Unlike `map`, `Array.from` visits the holes of a sparse list.
    return `[${Array.from(value, (item: unknown) => write(item, inside)).join(",")}]`;
  }
  if (!isPlainObject(value)) throw new TypeError("Only plain objects have canonical JSON.");
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member, inside)}`);
  return `{${members.join(",")}}`;
}

/**
 * Accepts object literals and the results of JSON.parse and structuredClone, of another realm too.
 */
export function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
