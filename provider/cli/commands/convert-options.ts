import { Option } from "commander";
import { firmwares, installerKinds, type Firmware, type InstallerKind } from "../../schema/names";
import { formatList, formatSettingOption, type FormatOptions } from "../options/format";
import { jsonOption, repeatable, type JsonOptions } from "../options/option";
import type { ProgressOptions } from "../options/progress";

/** Formats that a disk can be read from. */
export const diskFormats = ["raw", "qcow2", "vmdk"] as const;
export type DiskFormat = (typeof diskFormats)[number];

export interface ConvertOptions
  extends Pick<FormatOptions, "formatOption">, ProgressOptions, JsonOptions {
  readonly format: readonly string[];
  readonly to: string;
  readonly from?: DiskFormat;
  readonly installed?: InstallerKind;
  readonly firmware: Firmware;
}

export function convertOptions(): Option[] {
  return [
    repeatable("--format <names>", formatList).makeOptionMandatory(),
    formatSettingOption(),
    new Option(
      "--to <folder>",
      "folder for the files; replaces files of the same name",
    ).makeOptionMandatory(),
    new Option("--from <format>", "format of the disk (default: as its file name says)").choices(
      diskFormats,
    ),
    new Option(
      "--installed <kind>",
      "fail unless the disk contains a complete install of this kind",
    ).choices(installerKinds),
    new Option("--firmware <kind>", "firmware that this install has to boot with")
      .choices(firmwares)
      .default("bios"),
    jsonOption(),
  ];
}
