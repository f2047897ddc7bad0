import { errorCodes } from "../../provider/base/errors";
import { errorCatalogue } from "./error-catalogue";
import { table } from "./markdown";

/** The catalogue of errors as a page. */
export function errorReference(): string {
  const groups = Map.groupBy(errorCodes, (code) => code.split(".")[0] ?? code);
  const sections = [...groups].map(([group, codes]) => {
    const rows = codes.map((code) => {
      const { cause, cure } = errorCatalogue[code];
      return [`\`${code}\``, cause, cure];
    });
    return `## ${group}\n\n${table(["code", "cause", "cure"], rows)}`;
  });
  return [
    "# Errors",
    "Every error ends in a code in brackets, such as `[install.stalled]`: one of these, for ever of the same meaning. " +
      "The message says what failed, why as far as it is known, and what to do; under it stand the problems of the " +
      "input with their places, the end of the console, and files that are worth a look.",
    ...sections,
  ].join("\n\n");
}
