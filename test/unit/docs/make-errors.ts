import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeSpansOf, fencesOf, type Page } from "../../../tools/docs/pages";
import { isShell, shellCommands } from "./shell-commands";

/** One line for each target of `make` that a page names and the Makefile does not have. */
export function makeErrors(pages: readonly Page[], repository: string): string[] {
  const targets = targetsIn(readFileSync(join(repository, "Makefile"), "utf8"));
  return pages.flatMap((page) =>
    commandsIn(page).flatMap(({ words, line }) =>
      goals(words)
        .filter((goal) => !targets.has(goal))
        .map((goal) => `${page.path}:${line}: the Makefile has no target ${goal}`),
    ),
  );
}

function targetsIn(makefile: string): ReadonlySet<string> {
  return new Set([...makefile.matchAll(/^([a-z][\w-]*):(?!=)/gm)].map(([, name]) => name ?? ""));
}

function commandsIn(page: Page): { words: readonly string[]; line: number }[] {
  const spans = codeSpansOf(page).flatMap(({ code, line }) => shellSpan(code, line));
  const fences = fencesOf(page)
    .filter(({ language }) => isShell(language))
    .flatMap(({ language, code, line }) => shellCommands(language, code, line));
  return [...spans, ...fences];
}

/** Code within a sentence is parsed only where it calls make: other code need not be a command. */
function shellSpan(code: string, line: number): { words: readonly string[]; line: number }[] {
  return /(?:^|\s)make\s/.test(code) ? shellCommands("sh", code, line) : [];
}

function goals([program, ...words]: readonly string[]): readonly string[] {
  if (program !== "make") return [];
  return words.filter((word) => !/^-|=|^\.\.\.$/.test(word));
}
