/** A member of an object by a key that the user chose: `constructor` and others are members that every object inherits. */
export function ownMember(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
