import { Option } from "commander";
import { installOptions, timeoutOption, type InstallOptions } from "../options/image";
import { grouped, jsonOption } from "../options/option";

/** The options of `build` up to the conversion; a template publishes nothing. */
export interface ExportPackerOptions extends InstallOptions {
  readonly to: string;
}

export function exportPackerOptions(): Option[] {
  return [
    ...installOptions(),
    ...grouped("Export:", [
      new Option(
        "--to <folder>",
        "folder for the template; must be empty or not exist",
      ).makeOptionMandatory(),
      timeoutOption(),
      jsonOption(),
    ]),
  ];
}
