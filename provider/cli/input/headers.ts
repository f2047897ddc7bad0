import type { Parsed } from "./parsed";

type Headers = Readonly<Record<string, string>>;

const wellFormed = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/s;

/** HTTP headers, written as `Name: value`; undefined if there are none. `option` is where problems are reported. */
export function parseHeaders(
  option: string,
  lines: readonly string[],
): Parsed<Headers | undefined> {
  const headers: [string, string][] = [];
  const problems = lines.flatMap((line, index) => {
    const [, name, value = ""] = wellFormed.exec(line) ?? [];
    // The header may be a secret: only its position is reported.
    if (name === undefined) {
      return [{ path: option, reason: `number ${index + 1} is not of the form "name: value"` }];
    }
    headers.push([name, value.trim()]);
    return [];
  });
  return { value: lines.length === 0 ? undefined : Object.fromEntries(headers), problems };
}
