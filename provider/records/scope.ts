import type { Marker } from "../plan/record";
import type { Publication } from "../schema/state";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";

/** The owner that gives up an image. */
export interface Release {
  readonly installKey: string;
  /** Instance whose markers are removed. */
  readonly instance: string;
  /** Publications from the owner's outputs, in case a record was lost. */
  readonly publications: readonly Publication[];
  /** IDs of the places in the owner's outputs. */
  readonly places?: Readonly<Record<string, string>> | undefined;
}

/** Where an owner gives up an image. */
export interface ReleaseScope {
  /** Targets at which the owner gives up the image. */
  readonly targets: readonly Target[];
  /** `all`: the ownership ends everywhere, in the local cache's record too. `listed`: only at `targets`. */
  readonly scope: "all" | "listed";
  /** Records of the local cache. Read in both scopes, because they may list other owners. */
  readonly cacheRecords: RecordStore;
  /** Targets at which the owner keeps the image. Their records list owners for targets without records. */
  readonly remainingTargets: readonly Target[];
}

/** The result of a release: what was done, and nothing else. */
export interface Released {
  readonly removed: readonly Publication[];
  /** Publications of which the place itself says that they were gone already. */
  readonly absent: readonly Publication[];
  /** Locations of altered files, which stay. */
  readonly left: readonly string[];
  /** Targets where the image stays because it has other owners; at most ten owners of each are listed. */
  readonly kept: readonly { readonly target: string; readonly owners: readonly Marker[] }[];
}

export const nothingReleased: Released = { removed: [], absent: [], left: [], kept: [] };

export function joinReleased(results: readonly Released[]): Released {
  return {
    removed: results.flatMap(({ removed }) => removed),
    absent: results.flatMap(({ absent }) => absent),
    left: [...new Set(results.flatMap(({ left }) => left))].sort(),
    kept: results.flatMap(({ kept }) => kept),
  };
}

/** The records of the targets that keep records. */
export function recordsOf(targets: readonly Target[]): RecordStore[] {
  return targets.flatMap(({ capabilities }) => capabilities.records ?? []);
}

/** The records from which this release removes markers. */
export function releasedRecords({ targets, scope, cacheRecords }: ReleaseScope): RecordStore[] {
  return scope === "all" ? [...recordsOf(targets), cacheRecords] : recordsOf(targets);
}

/** All records that can list another owner. */
export function reachableRecords(scope: ReleaseScope): RecordStore[] {
  const { targets, remainingTargets, cacheRecords } = scope;
  return [...new Set([...recordsOf(targets), ...recordsOf(remainingTargets), cacheRecords])];
}
