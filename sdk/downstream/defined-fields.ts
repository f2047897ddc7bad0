/** The type without `undefined` in its fields. */
export type DefinedFields<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Removes undefined fields, which an API server or another provider might treat as values. */
export function definedFields<T extends object>(fields: T): DefinedFields<T>;
export function definedFields(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
