import type { InputProblem } from "../../base/errors";
import { isJsonMap, type JsonMap } from "../../base/json";
import { readPlainData, type PlainData } from "./plain-data";

interface ParsedUserData {
  readonly document: JsonMap;
  readonly problems: readonly InputProblem[];
}

/** The user's own cloud-config as data, from text or from an object. */
export function parseUserData(userData: string | object): ParsedUserData {
  const read =
    typeof userData === "string" ? readText(userData) : readPlainData(userData, "userData");
  if (read.value === undefined || read.problems.length > 0) {
    return { document: {}, problems: read.problems };
  }
  if (isJsonMap(read.value)) return { document: read.value, problems: [] };
  return refuse(
    "must be a map of keys and values; a script, a list or plain text is not a cloud-config",
  );
}

function refuse(reason: string): ParsedUserData {
  return { document: {}, problems: [{ path: "userData", reason }] };
}

// yaml is slow to load, and needed only for text.
function readText(text: string): PlainData {
  const reader = require("./read-yaml") as typeof import("./read-yaml");
  return reader.parseText(text);
}
