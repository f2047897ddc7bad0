import type { Command } from "commander";
import { createProgram } from "../../provider/cli/program";

/** The help of every command as a page. */
export function commandReference(): string {
  const program = createProgram();
  return [
    "# Command line",
    "What `stylus-image --help` and `stylus-image COMMAND --help` print.",
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

/** With what stands after the options: `helpInformation` leaves it out. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text.trimEnd().replaceAll(/[ \t]+$/gm, "");
}
