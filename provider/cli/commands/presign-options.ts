import { Option } from "commander";
import { durationOption } from "../options/option";
import { bucketOptions, type TargetOptions } from "../options/target";

export interface PresignOptions extends TargetOptions {
  readonly format: string;
  /** Milliseconds. */
  readonly expires: number;
}

export function presignOptions(): Option[] {
  return [
    new Option("--format <name>", "format of the artifact").makeOptionMandatory(),
    durationOption(
      "--expires <time>",
      "how long the URL is valid, at most 7d: 30m, 12h, 7d",
    ).default(3_600_000, "1h"),
    ...bucketOptions(),
  ];
}
