import type { Command } from "commander";
import { createProgram } from "../../provider/cli/program";

/** The help of every command as a page. */
export function commandReference(): string {
  const program = createProgram();
  return [
    "# Command line",
    "The output of `stylus-image --help` and `stylus-image COMMAND --help`. How to get the command: " +
      "[packages and versions](packages.md#install-from-a-checkout). Progress, events and exit codes: [output](output.md).",
    section(program, "stylus-image"),
    ...commandsOf(program, "stylus-image"),
  ].join("\n\n");
}

function commandsOf(parent: Command, path: string): string[] {
  return parent.commands.flatMap((command) => {
    const name = `${path} ${command.name()}`;
    return [section(command, name), ...commandsOf(command, name)];
  });
}

function section(command: Command, name: string): string {
  return [`## ${name}`, `\`\`\`text\n${helpOf(command)}\n\`\`\``].join("\n\n");
}

/** Includes the text after the options, which `helpInformation` leaves out. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text.trimEnd().replaceAll(/[ \t]+$/gm, "");
}
