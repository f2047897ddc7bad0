import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { isPublicValue, shownKey, type UserDataPath } from "./public-values";

/**
 * The structure of a cloud-config, to be shown: its keys and the kinds of its values. Values are shown only where none can
 * be a secret. The length of a text is not shown, because it helps to guess a password.
 */
export function outlineUserData(document: JsonMap): string {
  return `${mapLines(document, []).join("\n")}\n`;
}

function mapLines(map: JsonMap, path: UserDataPath): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const inside = [...path, key];
    const lines = nestedLines(value, inside);
    const shown = shownKey(key);
    if (lines === undefined) return [`${shown}: ${describe(value, inside)}`];
    return [`${shown}:`, ...lines.map((line) => `  ${line}`)];
  });
}

/** Lines of a map, or of a list that contains maps or lists; undefined for any other value. */
function nestedLines(value: Json, path: UserDataPath): string[] | undefined {
  if (isJsonMap(value)) {
    return Object.keys(value).length === 0 ? undefined : mapLines(value, path);
  }
  if (!isJsonList(value) || !value.some(isCollection)) return undefined;
  return value.flatMap((item, index) => {
    const inside = [...path, index];
    const [first = describe(item, inside), ...rest] = nestedLines(item, inside) ?? [];
    return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
  });
}

function describe(value: Json, path: UserDataPath): string {
  if (value === "") return "<empty text>";
  if (isPublicValue(path, value)) return typeof value === "string" ? value : JSON.stringify(value);
  if (isJsonList(value)) return `<list of ${value.length}>`;
  if (isJsonMap(value)) return "<empty map>";
  return typeof value === "number" ? "<number>" : "<text>";
}

function isCollection(value: Json): boolean {
  return isJsonMap(value) || isJsonList(value);
}
