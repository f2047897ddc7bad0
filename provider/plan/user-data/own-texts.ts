import type { Findings, PartInput } from "./part";
import { ownFileWarnings } from "./own-files";
import { ownKeyWarnings } from "./own-keys";
import { stylusTextProblems } from "./stylus-texts";

/** Findings about texts of the user's own cloud-config, whatever reads it. */
export function ownTextFindings(input: PartInput): Findings {
  return {
    problems: stylusTextProblems(input.own),
    warnings: [...ownKeyWarnings(input), ...ownFileWarnings(input)],
  };
}
