/**
 * Kinds of places. Objects at places of different kinds are never the same, but a folder, a bucket and a web server can
 * be the same files.
 */
type PlaceKind = "files" | "registry" | "datastore" | "library" | "namespace";

/** Capability: proves where a target really is. Its address proves nothing: one place can have many addresses. */
export interface Place {
  readonly kind: PlaceKind;
  /** Absent unless different paths at one server are different places, and the same path is the same place. */
  address?(): Promise<PlaceAddress>;
  /**
   * The ID of the place, read through this target's own address; undefined if it has none. Throws `publish.*` if the
   * place cannot be asked. Different IDs are different places; a copy of a folder or bucket has the ID of its original.
   */
  readId(signal: AbortSignal): Promise<string | undefined>;
  /** The ID of the place, which is created if it is missing and the place can keep one. Called when something is published. */
  ensureId(signal: AbortSignal): Promise<string | undefined>;
  /** Removes the ID from a place that holds nothing else of this package. Absent if the ID stays. */
  removeUnusedId?(signal: AbortSignal): Promise<void>;
  /**
   * Whether a file with this URI may lie here although it was published under another address of the place; only looking
   * for it tells. Absent if the URI contains the address.
   */
  mayHold?(uri: string): boolean;
  /** Absent if the ID belongs to the service, so that it cannot be copied. */
  readonly marks?: PlaceMarks;
}

export interface PlaceAddress {
  readonly server: string;
  readonly path: string;
}

/** Temporary random objects, left through one address and looked up through another. */
export interface PlaceMarks {
  /** Leaves a new mark and returns its name; undefined if the place does not exist and therefore holds nothing. */
  leave(signal: AbortSignal): Promise<string | undefined>;
  has(mark: string, signal: AbortSignal): Promise<boolean>;
  /** Removes a mark; a missing mark is not an error. */
  remove(mark: string, signal: AbortSignal): Promise<void>;
}
