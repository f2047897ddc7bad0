/** Measured values of alternating runs, and the ratio of their medians. */
export interface Row {
  readonly name: string;
  readonly values: readonly number[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

export function printTable(title: string, unit: string, rows: readonly Row[]): void {
  const lines = rows.map(({ name, values }) => {
    const runs = values.map((value) => value.toFixed(2)).join("  ");
    return `  ${name.padEnd(34)} median ${median(values).toFixed(2)} ${unit}   runs: ${runs}`;
  });
  process.stdout.write(`${title}\n${lines.join("\n")}\n`);
}

export function printRatio(what: string, over: Row, under: Row): void {
  const ratio = median(over.values) / median(under.values);
  process.stdout.write(`  ${what}: ${ratio.toFixed(3)}\n`);
}
