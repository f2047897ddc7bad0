import { type Command, Option } from "commander";
import {
  firmwares,
  formatNames,
  installerKinds,
  type Firmware,
  type InstallerKind,
} from "../../schema/names";
import { repeatable } from "./target";

/** Formats that a disk can be read from. */
export const diskFormats = ["raw", "qcow2", "vmdk"] as const;
export type DiskFormat = (typeof diskFormats)[number];

export interface ConvertOptions {
  readonly from?: DiskFormat;
  readonly format: readonly string[];
  readonly formatOption?: readonly string[];
  readonly to: string;
  readonly installed?: InstallerKind;
  readonly firmware: Firmware;
  readonly json?: boolean;
}

export function addConvertOptions(command: Command): void {
  command
    .addOption(
      repeatable(
        "--format <names>",
        `formats to make: ${formatNames.join(",")}`,
      ).makeOptionMandatory(),
    )
    .addOption(
      repeatable(
        "--format-option <name.option=value>",
        "option of a format: ova.cpus=4; a value @file is read from that file, for secrets",
      ),
    )
    .requiredOption("--to <folder>", "where the files go; those of the same name are replaced")
    .addOption(
      new Option("--from <format>", "what the disk is (default: as its file's name says)").choices(
        diskFormats,
      ),
    )
    .addOption(
      new Option(
        "--installed <kind>",
        "make nothing unless the disk is a finished install of that kind",
      ).choices(installerKinds),
    )
    .addOption(
      new Option("--firmware <kind>", "what that install has to boot under")
        .choices(firmwares)
        .default("bios"),
    )
    .option("--json", "print the result as one JSON document");
}
