/** The known name that is most like a misspelt one, or undefined if none is like it. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  const written = normalize(name);
  for (const candidate of known) {
    const expected = normalize(candidate);
    const longest = Math.max(written.length, expected.length);
    const limit = Math.min(2, Math.floor(longest / 3));
    const distance = editDistance(written, expected);
    if (distance > limit || distance >= (nearest?.distance ?? Infinity)) continue;
    nearest = { name: candidate, distance };
  }
  return nearest?.name;
}

/** `lockPasswd`, `lock-passwd` and `LOCK_PASSWD` are the same mistake for `lock_passwd`. */
function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforePrevious: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(beforePrevious, j - 2) + 1 : Infinity;
      current.push(Math.min(replaced, at(previous, j) + 1, at(current, j - 1) + 1, swapped));
    }
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
