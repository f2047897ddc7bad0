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
    return `## ${group}\n\n${table(["code", "cause", "remedy"], rows)}`;
  });
  return [
    "# Errors",
    "Every error ends in a code in brackets, such as `[install.stalled]`. The codes below are all that exist; the meaning " +
      "of a code never changes. The message says what failed, why as far as it is known, and what to do next. Below it are " +
      "the problems of the input with their paths, the end of the console, and files to look at.",
    ...sections,
  ].join("\n\n");
}
