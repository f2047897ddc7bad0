import type { Parsed } from "./parsed";

const wellFormed = /^([a-z]+)=(\d+(?:\.\d+)?)$/;

/** `--timeout stage=minutes`; the schema checks the names of the stages. */
export function parseTimeouts(
  options: readonly string[] = [],
): Parsed<Readonly<Record<string, number>>> {
  const timeouts: [string, number][] = [];
  const problems = options.flatMap((option) => {
    const [, stage, minutes] = wellFormed.exec(option) ?? [];
    if (stage === undefined) {
      const reason = `"${option}" is not of the form stage=minutes, such as install=60`;
      return [{ path: "--timeout", reason }];
    }
    timeouts.push([stage, Number(minutes)]);
    return [];
  });
  return { value: Object.fromEntries(timeouts), problems };
}
