import { CommanderError, type Command } from "commander";
import { createProgram } from "../../../provider/cli/program";
import { codeSpansOf, fencesOf, type Page } from "../../../tools/docs/pages";
import { isShell, shellCommands } from "./shell-commands";

/** One line for each command line of `stylus-image` that the program would refuse. Nothing is run. */
export function commandErrors(pages: readonly Page[]): string[] {
  return pages.flatMap((page) =>
    [...commandsIn(page), ...mentionsIn(page)].flatMap(({ words, line, isComplete }) => {
      const problem = refusal(words, isComplete);
      return problem === undefined ? [] : [`${page.path}:${line}: ${problem}`];
    }),
  );
}

/** Number of command lines of `stylus-image`: a test of none would prove nothing. */
export function countCommands(pages: readonly Page[]): number {
  return pages.flatMap(commandsIn).filter(({ words }) => argumentsOf(words) !== undefined).length;
}

interface CommandLine {
  readonly words: readonly string[];
  readonly line: number;
  /** Whether it can be typed as it stands; within a sentence required arguments may be left out. */
  readonly isComplete: boolean;
}

function commandsIn(page: Page): CommandLine[] {
  return fencesOf(page)
    .filter(({ language }) => isShell(language))
    .flatMap(({ language, code, line }) => shellCommands(language, code, line))
    .map((command) => ({ ...command, isComplete: true }));
}

/** Commands within a sentence. COMMAND stands for any, and dots for what is left out. */
function mentionsIn(page: Page): CommandLine[] {
  return codeSpansOf(page)
    .filter(({ code }) => /^stylus-image [a-z-]/.test(code) && !code.includes("..."))
    .flatMap(({ code, line }) => shellCommands("sh", code, line))
    .map((command) => ({ ...command, isComplete: false }));
}

function refusal(words: readonly string[], isComplete: boolean): string | undefined {
  if (words[0] === "npx" && words[1] === "stylus-image") {
    return "`npx stylus-image` asks the registry for a package that is not this one; use --package";
  }
  const options = argumentsOf(words);
  return options === undefined ? undefined : parseError(options, isComplete);
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

const incomplete = [
  "commander.help",
  "commander.missingArgument",
  "commander.missingMandatoryOptionValue",
];

function parseError(options: readonly string[], isComplete: boolean): string | undefined {
  const program = createProgram();
  silence(program);
  try {
    program.parse(options, { from: "user" });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const isFine = thrown.exitCode === 0 || (!isComplete && incomplete.includes(thrown.code));
    return isFine ? undefined : thrown.message;
  }
}

/** Lets commands be parsed without doing or printing anything. */
function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const each of command.commands) silence(each);
}
