import { type Command, Option } from "commander";
import { formatNames, type FormatName } from "../../schema/names";
import {
  addCdiOptions,
  addOciOptions,
  addS3Options,
  addTargetOption,
  addVsphereOptions,
  type TargetOptions,
} from "./target";

export interface PublishOptions extends TargetOptions {
  readonly format?: FormatName;
  readonly name?: string;
  readonly json?: boolean;
}

export function addPublishOptions(command: Command): void {
  command
    .optionsGroup("Files:")
    .addOption(
      new Option(
        "--format <name>",
        "what the files are, where their bytes and names do not agree on it",
      ).choices(formatNames),
    )
    .option("--name <name>", "what their names begin with (default: each file's own name)");
  addTargetOption(command);
  addS3Options(command);
  addOciOptions(command);
  addVsphereOptions(command);
  addCdiOptions(command);
  command.optionsGroup("Run:").option("--json", "print the result as one JSON document");
}
