import type { InputProblem } from "../../base/errors";

/** HTTP headers as the command line has them, `Name: value`, as the object that the resource takes. */
export function headersInput(headers: readonly string[]): Record<string, string> | undefined {
  return headers.length === 0 ? undefined : Object.fromEntries(headers.map(splitHeader));
}

export function headerProblems(path: string, headers: readonly string[]): InputProblem[] {
  // The header itself may be a secret, so only its position is told.
  return headers.flatMap((header, index) =>
    /^[!#$%&'*+.^_`|~\w-]+:/.test(header)
      ? []
      : [{ path, reason: `number ${index + 1} is not of the form "name: value"` }],
  );
}

function splitHeader(header: string): readonly [string, string] {
  const colon = header.indexOf(":");
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
}
