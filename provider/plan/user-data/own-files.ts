import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { propertyPath } from "./merge";
import type { PartInput } from "./part";

/** Encodings that yip decodes; any other one it ignores, also in another case. */
const encodings = new Set([
  ...["", "b64", "base64", "gz", "gzip"],
  ...["gz+b64", "gz+base64", "gzip+b64", "gzip+base64"],
]);

/** Warnings of files that Kairos writes otherwise than meant, without an error. */
export function ownFileWarnings({ own, reader }: PartInput): readonly string[] {
  if (reader === "generic") return [];
  return [
    ...["write_files", "milpa_files"].flatMap((key) =>
      listed(own[key], `userData.${key}`).flatMap(({ at, member }) =>
        fileWarnings(member, at, '"0644"'),
      ),
    ),
    ...steps(own).flatMap(({ at, member }) => [
      ...listed(member.files, `${at}.files`).flatMap((file) =>
        fileWarnings(file.member, file.at, "0644"),
      ),
      ...listed(member.downloads, `${at}.downloads`).flatMap((file) =>
        modeWarning(file.member, file.at, "0644"),
      ),
      ...listed(member.directories, `${at}.directories`).flatMap((folder) =>
        modeWarning(folder.member, folder.at, "0755"),
      ),
    ]),
  ];
}

interface Listed {
  readonly at: string;
  readonly member: JsonMap;
}

function listed(list: Json | undefined, at: string): readonly Listed[] {
  if (!isJsonList(list)) return [];
  return list.flatMap((member, index) =>
    isJsonMap(member) ? [{ at: propertyPath(at, index), member }] : [],
  );
}

function steps({ stages }: JsonMap): readonly Listed[] {
  if (!isJsonMap(stages)) return [];
  return Object.entries(stages).flatMap(([name, list]) =>
    listed(list, propertyPath("userData.stages", name)),
  );
}

function fileWarnings(file: JsonMap, at: string, mode: string): readonly string[] {
  return [...modeWarning(file, at, mode), ...encodingWarning(file, at)];
}

function modeWarning({ permissions }: JsonMap, at: string, mode: string): readonly string[] {
  if (permissions !== undefined && permissions !== "") return [];
  return [
    `${at} has no permissions, and Kairos gives it the mode 0000, which only root can read; write \`permissions: ${mode}\`.`,
  ];
}

function encodingWarning({ encoding }: JsonMap, at: string): readonly string[] {
  if (typeof encoding !== "string" || encodings.has(encoding)) return [];
  return [
    `${at}.encoding is none that Kairos knows, so it writes the content undecoded; write \`b64\`, \`gz\` or \`gz+b64\`, or leave it out for plain text.`,
  ];
}
