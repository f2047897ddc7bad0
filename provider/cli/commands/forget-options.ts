import type { Option } from "commander";
import { jsonOption, type JsonOptions } from "../options/option";
import { targetOptions, type TargetOptions } from "../options/target";

export interface ForgetOptions extends TargetOptions, JsonOptions {}

export function forgetOptions(): Option[] {
  return [jsonOption(), ...targetOptions()];
}
