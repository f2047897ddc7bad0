import { type Command, Option } from "commander";

/** How a command tells of its progress. */
export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logFormat?: "text" | "json";
}

export function addProgressOptions(command: Command): void {
  command
    .optionsGroup("Output:")
    .addOption(
      new Option("--quiet", "print nothing but the result and errors").conflicts("verbose"),
    )
    .option("--verbose", "also print the guest's console and every tool that is started")
    .addOption(
      new Option(
        "--log-format <format>",
        "json writes each event as one JSON object a line to standard error (default: text)",
      ).choices(["text", "json"]),
    );
}
