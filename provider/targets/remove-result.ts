/** The result of `remove`. */
export interface RemoveResult {
  /**
   * `absent`: the target says that nothing is there. `altered`: what is there under the name is not what was published,
   * and stays.
   */
  readonly state: "removed" | "absent" | "altered";
  /** Locations of what stays: altered files under the name, and files that were put aside. */
  readonly left: readonly string[];
}

export const removedResult: RemoveResult = { state: "removed", left: [] };
export const absentResult: RemoveResult = { state: "absent", left: [] };

export function alteredResult(location: string): RemoveResult {
  return { state: "altered", left: [location] };
}
