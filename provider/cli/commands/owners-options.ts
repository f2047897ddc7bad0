import { Option } from "commander";
import { jsonOption, type JsonOptions } from "../options/option";
import { targetOptions, type TargetOptions } from "../options/target";

export interface OwnersOptions extends TargetOptions, JsonOptions {
  readonly giveUp?: string;
  readonly yes?: boolean;
}

export function ownersOptions(): Option[] {
  return [
    new Option("--give-up <instance>", "end the ownership of this instance, at every --to"),
    new Option("--yes", "confirm --give-up; without it, the command says what it would do"),
    jsonOption(),
    ...targetOptions(),
  ];
}
