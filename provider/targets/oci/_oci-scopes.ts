/** Scopes such as `repository:team/images:pull,push`, with what is asked for now added to what was before. */
export function mergeScopes(before: readonly string[], more: readonly string[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of [...before, ...more]) {
    const colon = scope.lastIndexOf(":");
    if (colon < 1) continue;
    const resource = scope.slice(0, colon);
    const set = actions.get(resource) ?? new Set<string>();
    for (const action of scope.slice(colon + 1).split(",")) set.add(action);
    actions.set(resource, set);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(",")}`).sort();
}
