import { Command, type Option, type OptionValues } from "commander";

/** Parses arguments as a command with these options would. */
export function parseOptions<Options extends OptionValues>(
  options: readonly Option[],
  args: readonly string[],
): Options {
  const command = new Command().exitOverride();
  for (const option of options) command.addOption(option);
  return command.parse(args, { from: "user" }).opts<Options>();
}
