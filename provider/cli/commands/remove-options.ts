import { Option } from "commander";
import { jsonOption, type JsonOptions } from "../options/option";
import { targetOptions, type TargetOptions } from "../options/target";

export interface RemoveOptions extends TargetOptions, JsonOptions {
  readonly name?: string;
}

export function removeOptions(): Option[] {
  return [
    new Option("--name <name>", "name of the image: --name of `build`, or the one it chose"),
    jsonOption(),
    ...targetOptions(),
  ];
}
