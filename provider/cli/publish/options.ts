import { Option } from "commander";
import { formatNames, type FormatName } from "../../schema/names";
import { grouped, jsonOption, type JsonOptions } from "../options/option";
import type { ProgressOptions } from "../options/progress";
import { targetOptions, type TargetOptions } from "../options/target";

export interface PublishOptions extends TargetOptions, ProgressOptions, JsonOptions {
  readonly format?: FormatName;
  readonly name?: string;
}

export function publishOptions(): Option[] {
  return [
    ...grouped("Files:", [
      new Option(
        "--format <name>",
        "format of the files; needed if their contents and names do not agree",
      ).choices(formatNames),
      new Option("--name <name>", "prefix of the published names (default: each file's own name)"),
    ]),
    ...targetOptions(),
    ...grouped("Run:", [jsonOption()]),
  ];
}
