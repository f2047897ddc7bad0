import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";

/** What an owner leaves, and which records there are to ask about other owners. */
export interface Departure {
  readonly targets: readonly Target[];
  /** The cache's record is left with the last target. */
  readonly leaves: "everything" | "these targets";
  /** The local cache's: also where it is not left, it may know of other owners. */
  readonly cacheRecords: RecordStore;
  /** Targets where the owner stays. Of what lies at a target without records, theirs know the owners. */
  readonly stays: readonly Target[];
}

/** The records of the targets that keep some. */
export function recordsOf(targets: readonly Target[]): RecordStore[] {
  return targets.flatMap(({ capabilities }) => capabilities.records ?? []);
}

/** The records that are left. */
export function recordsLeft({ targets, leaves, cacheRecords }: Departure): RecordStore[] {
  return leaves === "everything" ? [...recordsOf(targets), cacheRecords] : recordsOf(targets);
}

/** Every record at hand. */
export function recordsAtHand({ targets, stays, cacheRecords }: Departure): RecordStore[] {
  return [...new Set([...recordsOf(targets), ...recordsOf(stays), cacheRecords])];
}
