import { CommanderError, type Command } from "commander";
import { createProgram } from "../../../provider/cli/program";
import { fencesOf, type Page } from "../../../tools/docs/pages";
import { isShell, shellCommands } from "./shell-commands";

/** One line for each command line of `stylus-image` that the program would refuse. Nothing is run. */
export function commandErrors(pages: readonly Page[]): string[] {
  return pages.flatMap((page) =>
    fencesOf(page)
      .filter(({ language }) => isShell(language))
      .flatMap(({ language, code, line }) => shellCommands(language, code, line))
      .flatMap(({ words, line }) => {
        const problem = refusal(words);
        return problem === undefined ? [] : [`${page.path}:${line}: ${problem}`];
      }),
  );
}

/** Number of command lines of `stylus-image`: a test of none would prove nothing. */
export function countCommands(pages: readonly Page[]): number {
  return pages.flatMap((page) =>
    fencesOf(page)
      .filter(({ language }) => isShell(language))
      .flatMap(({ language, code, line }) => shellCommands(language, code, line))
      .filter(({ words }) => argumentsOf(words) !== undefined),
  ).length;
}

function refusal(words: readonly string[]): string | undefined {
  if (words[0] === "npx" && words[1] === "stylus-image") {
    return "`npx stylus-image` asks the registry for a package that is not this one; use --package";
  }
  const options = argumentsOf(words);
  return options === undefined ? undefined : parseError(options);
}

/** The arguments of `stylus-image`: called by its name, by npx, from a checkout, or as entry point of the container. */
function argumentsOf(words: readonly string[]): readonly string[] | undefined {
  const [program] = words;
  if (program === "stylus-image") return words.slice(1);
  if (program === "sudo" && words[1] === "stylus-image") return words.slice(2);
  if (program === "node" && words[1] === "dist/provider/cli/main.js") return words.slice(2);
  if (program !== "npx" && !(program === "docker" && words[1] === "run")) return undefined;
  const name = program === "npx" ? "stylus-image" : "stylus-image-builder";
  const position = words.indexOf(name);
  return position === -1 ? undefined : words.slice(position + 1);
}

function parseError(options: readonly string[]): string | undefined {
  const program = createProgram();
  silence(program);
  try {
    program.parse(options, { from: "user" });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? undefined : thrown.message;
  }
}

/** Lets commands be parsed without doing or printing anything. */
function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const each of command.commands) silence(each);
}
