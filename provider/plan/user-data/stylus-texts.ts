import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { lineProblem } from "../../base/text";
import { propertyPath } from "./merge";

/** Values of the user's own `stylus` block that are one line: a token with a line end registers nowhere. */
const lines = new Set([
  ...["edgeHostToken", "registrationURL", "paletteEndpoint", "projectName", "projectUid"],
  ...["name", "hostName", "prefix", "clusterId", "clusterName", "nameserver"],
  ...["httpProxy", "httpsProxy", "noProxy", "domain", "username", "password", "encodedPassword"],
]);

/** The same rule for the user's own cloud-config as for `palette`. */
export function stylusTextProblems({ stylus }: JsonMap): readonly InputProblem[] {
  return stylus === undefined ? [] : textProblems(stylus, "userData.stylus", "");
}

function textProblems(value: Json, path: string, key: string): readonly InputProblem[] {
  if (typeof value === "string" && lines.has(key)) {
    const reason = lineProblem(value);
    return reason === undefined ? [] : [{ path, reason }];
  }
  if (isJsonList(value)) {
    return value.flatMap((item, index) => textProblems(item, propertyPath(path, index), ""));
  }
  if (!isJsonMap(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    textProblems(member, propertyPath(path, name), name),
  );
}
