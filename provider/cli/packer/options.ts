import type { Command } from "commander";
import {
  addFormatOptions,
  addInstallOptions,
  timeoutOption,
  type ImageOptions,
} from "../options/image";

/** What `build` takes, without what comes after the formats are made. */
export interface ExportPackerOptions extends Omit<ImageOptions, "to" | "verifyBoot"> {
  readonly to: string;
}

export function addExportPackerOptions(command: Command): void {
  addInstallOptions(command);
  addFormatOptions(command);
  command
    .optionsGroup("Export:")
    .requiredOption("--to <folder>", "folder for the template; must be empty, or not there")
    .addOption(timeoutOption())
    .option("--json", "print the result as one JSON document");
}
