/** The fields that are there. */
export type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same without fields that are undefined, which an API server or another provider might take for a value. */
export function present<T extends object>(fields: T): Present<T>;
export function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
