import type { Option } from "commander";
import { formatNames } from "../../schema/names";
import { repeatable, withDefault } from "./option";

/** The formats to make, and their options. */
export interface FormatOptions {
  readonly format?: readonly string[];
  readonly formatOption?: readonly string[];
  readonly qcow2Compression?: string;
}

export const formatList = `formats to make: ${formatNames.join(",")}`;

export function formatOptions(): Option[] {
  return [
    repeatable("--format <names>", `${formatList} (default: qcow2)`),
    formatSettingOption(),
    withDefault(
      "--qcow2-compression <method>",
      "zstd is faster, and needs QEMU 5.1 or later to read it",
      "zlib",
    ).choices(["zlib", "zstd", "none"]),
  ];
}

export function formatSettingOption(): Option {
  return repeatable(
    "--format-option <name.option=value>",
    "option of a format, such as ova.cpus=4; @file as the value reads it from a file, for secrets",
  );
}
