import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fencesOf, parsePage } from "../../../tools/docs/pages";
import { shellLines } from "../../unit/docs/shell-commands";

const repository = join(__dirname, "..", "..", "..");

/** The lines of a page that a reader types and that begin with `start`, such as the name of a program. */
export async function typedCommands(path: string, start: string): Promise<readonly string[]> {
  const page = parsePage(path, await readFile(join(repository, path), "utf8"));
  return fencesOf(page)
    .flatMap(({ language, code, line }) => shellLines(language, code, line))
    .map(({ text }) => text)
    .filter((text) => text.startsWith(`${start} `));
}
