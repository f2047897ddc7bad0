import { Option } from "commander";
import { installerKinds } from "../../schema/names";
import { grouped, repeatable, withDefault } from "./option";

/** The installer ISO, and how it is downloaded and checked. */
export interface InstallerOptions {
  /** Without it, the ISO_URL of the environment. */
  readonly installer?: string;
  readonly sha256?: string;
  readonly checksumUrl?: string;
  readonly header?: readonly string[];
  readonly kind?: string;
}

export function installerOptions(): Option[] {
  return grouped("Installer:", [
    new Option(
      "--installer <path|url>",
      "the installer ISO: a file, or an http(s) URL (default: ISO_URL of the environment)",
    ),
    new Option("--sha256 <hash>", "SHA-256 that the installer must have"),
    new Option(
      "--checksum-url <url>",
      "URL of a file with the installer's SHA-256 or SHA-512, in the format of sha256sum or BSD",
    ),
    repeatable(
      "--header <'name: value'|@file>",
      "header of the download; @file reads such lines from a file, for tokens",
    ),
    withDefault("--kind <kind>", "kind of installer; auto inspects the ISO", "auto").choices([
      "auto",
      ...installerKinds,
    ]),
  ]);
}
