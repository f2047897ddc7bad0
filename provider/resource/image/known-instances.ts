import { ownerTag } from "../../plan/record";

/**
 * The part of the stack's state that this process has seen. One process serves one operation of the engine, which calls `check` of
 * every resource with its old inputs, and `diff` with its old outputs.
 */
const inState = new Set<string>();
const instances = new Set<string>();

/** The engine has a resource of this URN in its state. */
export function noteInState(urn: string | undefined): void {
  if (urn !== undefined) inState.add(urn);
}

/** An instance that is in the state, or that this process has created. */
export function noteInstance(instance: unknown): void {
  if (typeof instance === "string" && instance !== "") instances.add(instance);
}

export function isKnownInstance(instance: string): boolean {
  return instances.has(instance);
}

/** The instances of a URN that the state has; undefined if the state has one that is not known. */
export function knownInstances(urn: string | undefined): readonly string[] | undefined {
  if (urn === undefined) return undefined;
  const known = [...instances].filter((it) => it.startsWith(`${ownerTag(urn)}-`));
  return inState.has(urn) && known.length === 0 ? undefined : known;
}
