import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { codeSpansOf, fencesOf, type Page } from "../../../tools/docs/pages";
import { isShell, shellCommands } from "./shell-commands";

/** Paths in these folders are checked; others, such as `images/`, belong to the reader. */
const folders = "provider|sdk|test|tools|docs|\\.ci";

const path = new RegExp(
  `^(?:\\./)?((?:${folders})(?:/[\\w.*-]+)*/?|examples/[a-z][\\w.*/-]*)(?::\\d+)?$`,
);

/** One line for each path of the repository that a page names and that is not there. NAME and VERSION stand for any one name. */
export function pathErrors(pages: readonly Page[], repository: string): string[] {
  return pages.flatMap((page) =>
    pathsIn(page).flatMap(({ text, line }) => {
      const name = path.exec(text)?.[1];
      return name === undefined || exists(repository, name.split("/"))
        ? []
        : [`${page.path}:${line}: ${text} is not in the repository`];
    }),
  );
}

function pathsIn(page: Page): { text: string; line: number }[] {
  const spans = codeSpansOf(page).flatMap(({ code, line }) =>
    code.split(/\s+/).map((text) => ({ text, line })),
  );
  const commands = fencesOf(page)
    .filter(({ language }) => isShell(language))
    .flatMap(({ language, code, line }) => shellCommands(language, code, line))
    .flatMap(({ words, line }) => words.map((text) => ({ text, line })));
  return [...spans, ...commands];
}

function exists(folder: string, [name, ...others]: readonly string[]): boolean {
  if (name === undefined || name === "") return existsSync(folder);
  if (!/NAME|VERSION|\*/.test(name)) return exists(join(folder, name), others);
  const pattern = new RegExp(
    `^${name.replaceAll(".", "\\.").replace(/NAME|VERSION|\*+/g, "[^/]+")}$`,
  );
  const found = existsSync(folder) ? readdirSync(folder) : [];
  return found.some((entry) => pattern.test(entry) && exists(join(folder, entry), others));
}
