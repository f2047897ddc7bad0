import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { propertyPath } from "./merge";
import type { Part } from "./part";

/**
 * The user's own cloud-config with file modes as yip reads them: a number for the files of a stage (text there makes
 * yip ignore the whole configuration), octal text for cloud-init's `write_files` (yip reads the decimal digits of a
 * number there as octal).
 */
export function permissionsPart(document: JsonMap): Part {
  const { stages, write_files: files } = document;
  return {
    document: {
      ...document,
      ...(stages === undefined ? {} : { stages: mapModes(stages, toNumber) }),
      ...(files === undefined ? {} : { write_files: mapModes(files, toText) }),
    },
    problems: decimalModes(document, "userData"),
    warnings: [],
  };
}

function mapModes(value: Json, change: (mode: Json) => Json): Json {
  if (isJsonList(value)) return value.map((item) => mapModes(item, change));
  if (!isJsonMap(value)) return value;
  const members = Object.entries(value).map(
    ([key, member]) =>
      [key, key === "permissions" ? change(member) : mapModes(member, change)] as const,
  );
  return Object.fromEntries(members);
}

function toNumber(mode: Json): Json {
  return typeof mode === "string" && /^0?[0-7]{3,4}$/.test(mode) ? Number.parseInt(mode, 8) : mode;
}

function toText(mode: Json): Json {
  return typeof mode === "number" ? `0${mode.toString(8)}` : mode;
}

/** `permissions: 644` without the leading zero is decimal, which is mode 1204: always a mistake. */
function decimalModes(value: Json, at: string): readonly InputProblem[] {
  if (isJsonList(value)) {
    return value.flatMap((item, index) => decimalModes(item, propertyPath(at, index)));
  }
  if (!isJsonMap(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const path = propertyPath(at, key);
    if (key !== "permissions") return decimalModes(member, path);
    if (typeof member !== "number" || member <= 0o777 || !/^[0-7]{3}$/.test(String(member)))
      return [];
    const reason = `is decimal ${member}, which is mode ${member.toString(8)}; write 0${member} in YAML, "0${member}" in code`;
    return [{ path, reason }];
  });
}
