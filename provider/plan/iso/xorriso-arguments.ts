import type { ConfigurationLocation, IsoPiece } from "./layout";

/** The content of a new ISO. Paths of local files are absolute. */
export interface IsoContents {
  readonly installer: string;
  readonly output: string;
  readonly configuration: { readonly file: string; readonly place: ConfigurationLocation };
  readonly pieces: readonly (IsoPiece & { readonly file: string })[];
  /** Modification time of the installer's volume: 16 digits. */
  readonly modified: string;
}

/** Environment variables that fix every time stamp that xorriso writes. */
export function isoEnvironment({ modified }: Pick<IsoContents, "modified">): {
  readonly SOURCE_DATE_EPOCH: string;
} {
  return { SOURCE_DATE_EPOCH: String(secondsOf(modified)) };
}

/**
 * Arguments of xorriso, which writes the installer's tree with the added files to a new file and makes new boot
 * records. If a copy were extended in place, its first partition would end before the new directory, and it would boot
 * from a CD only (CanvOS issues 749 and 750).
 */
export function isoArguments(contents: IsoContents): string[] {
  const { installer, output, configuration, pieces, modified } = contents;
  const { path } = configuration.place;
  const added = [path, ...pieces.map((piece) => piece.path)];
  const folders = foldersOf(pieces.map((piece) => piece.path));
  const time = `=${secondsOf(modified)}`;
  return [
    // -no_rc: ignore the user's start-up files.
    ...["-no_rc", "-abort_on", "SORRY"],
    // Without this a name with brackets or a star is a pattern, which could match and change another file.
    ...["-iso_rr_pattern", "off"],
    ...["-indev", `stdio:${installer}`, "-outdev", `stdio:${output}`],
    // Some drives read ahead beyond the end of what was written.
    ...["-padding", "included", "-padding", "300k"],
    ...["-overwrite", "on", "-map", configuration.file, path],
    ...pieces.flatMap(({ file, from, length, path: piece }) => [
      ...["-cut_out", file, String(from), String(length), piece],
    ]),
    ...["-chown", "0", ...added, ...folders, "--", "-chgrp", "0", ...added, ...folders, "--"],
    // It holds tokens: only root may read it on a mounted medium.
    ...["-chmod", "0600", path, "--"],
    ...(pieces.length === 0
      ? []
      : ["-chmod", "0644", ...added.slice(1), "--", "-chmod", "0755", ...folders, "--"]),
    ...["-alter_date", "b", time, ...added, ...folders, "--"],
    // Boot loaders find their medium by this time, which serves as its UUID; the GPT identifiers derive from it.
    ...["-volume_date", "uuid", modified],
    ...["-boot_image", "any", "replay"],
  ];
}

/** Every parent folder of these paths, without the root. */
function foldersOf(paths: readonly string[]): string[] {
  const folders = paths.flatMap((path) => {
    const names = path.split("/").slice(1, -1);
    return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
  });
  return [...new Set(folders)];
}

/** Seconds since 1970, UTC. 2001-01-01 if the volume has no time. */
function secondsOf(modified: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(modified) ?? [];
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number);
  return year < 1970 ? 978_307_200 : Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
