import { Command, type Option } from "commander";

/** A command with these options after parsing the arguments; `opts()` returns their values. */
export function parseOptions(options: readonly Option[], args: readonly string[]): Command {
  const command = new Command().exitOverride();
  for (const option of options) command.addOption(option);
  return command.parse(args, { from: "user" });
}
