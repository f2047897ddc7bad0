import { Option } from "commander";
import { grouped } from "./option";

/** How a command reports its progress. */
export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logFormat?: "text" | "json";
}

export function progressOptions(): Option[] {
  return grouped("Output:", [
    new Option("--quiet", "print nothing but the result and errors").conflicts("verbose"),
    new Option("--verbose", "also print the guest's console and the command of every tool"),
    new Option(
      "--log-format <format>",
      "json: write each event to standard error as one line of JSON (default: text)",
    ).choices(["text", "json"]),
  ]);
}
