import type { FormatSpec } from "../../schema/formats";
import type { Firmware, InstallerKind } from "../../schema/names";
import { reference } from "./text";

/** A value of `--format-option`. A secret value is in a file beside the template. */
export interface FormatOption {
  readonly format: FormatSpec["type"];
  /** `cpus`, `labels.version`. */
  readonly name: string;
  readonly value: { readonly text: string } | { readonly file: string };
}

export interface Conversion {
  /** Path of the disk that Packer writes. */
  readonly disk: string;
  readonly formats: readonly FormatSpec["type"][];
  readonly formatOptions: readonly FormatOption[];
  readonly kind: InstallerKind;
  readonly firmware: Firmware;
}

/** The shell command that converts the disk after the install. */
export function convertCommand(conversion: Conversion): string {
  const { disk, formats, formatOptions, kind, firmware } = conversion;
  const options = formatOptions.filter(({ format }) => formats.includes(format));
  return [
    reference({ variable: "stylus_image" }),
    `convert ${quoted(disk)} --from raw --installed ${kind} --firmware ${firmware}`,
    `--format ${formats.join(",")}`,
    ...options.map((option) => `--format-option ${written(option)}`),
    `--to "${reference({ variable: "output" })}"`,
  ].join(" ");
}

function written({ format, name, value }: FormatOption): string {
  const option = quoted(`${format}.${name}=`);
  return "text" in value
    ? option + quoted(value.text)
    : `${option}"@${reference({ folder: true })}/${value.file}"`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
