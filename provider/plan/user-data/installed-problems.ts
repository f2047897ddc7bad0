import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { readInstalledText } from "./read-installed";
import { checkShape } from "./shape/check-shape";
import { kairosShape } from "./shape/kairos-shape";

/** What yip reads of a cloud-config; other readers take the rest of it. */
const readByYip = new Set([
  ...["name", "stages"],
  ...[
    "growpart",
    "hostname",
    "milpa_files",
    "runcmd",
    "ssh_authorized_keys",
    "users",
    "write_files",
  ],
]);

/** Why the installed system would drop a configuration file, or a part of it: empty if it would not. */
export function installedProblems(text: string): readonly InputProblem[] {
  const { document, problems } = readInstalledText(text);
  if (problems.length > 0) return problems;
  const read = Object.entries(document)
    .filter(([key]) => readByYip.has(key))
    .map(([key, value]) => [key, /_files$/.test(key) ? withModesAsText(value) : value] as const);
  return checkShape(withoutEmptyLists(Object.fromEntries(read)), kairosShape, "").problems;
}

/** The check of shapes leaves empty lists to the merge of user-data, but yip drops a file with one in place of a text. */
function withoutEmptyLists(value: Json): Json {
  if (isJsonList(value)) return value.length === 0 ? [null] : value.map(withoutEmptyLists);
  if (!isJsonMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withoutEmptyLists(member)]),
  );
}

/** yip takes the digits of a number as the text that it reads the mode of `write_files` from. */
function withModesAsText(files: Json): Json {
  if (!isJsonList(files)) return files;
  return files.map((file): Json => {
    if (!isJsonMap(file) || typeof file.permissions !== "number") return file;
    return { ...file, permissions: String(file.permissions) } satisfies JsonMap;
  });
}
