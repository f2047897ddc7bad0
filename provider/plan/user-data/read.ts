import type { InputProblem } from "../../base/errors";
import { isJsonMap, type JsonMap } from "../../base/json";
import { otherFormReason } from "./cloud-init/other-forms";
import { isTemplate, templateHeader } from "./cloud-init/template";
import { readPlainData, type PlainData } from "./plain-data";
import type { Syntax } from "./read-yaml";

interface ParsedUserData {
  readonly document: JsonMap;
  readonly problems: readonly InputProblem[];
}

/** The user's own cloud-config as data, from text or from an object. */
export function parseUserData(
  userData: string | object,
  syntax: Syntax = "kairos",
): ParsedUserData {
  const read =
    typeof userData === "string" ? readText(userData, syntax) : readPlainData(userData, "userData");
  const keepsHeader = syntax === "cloud-init" && isTemplate(userData);
  if (read.value === undefined || read.problems.length > 0) {
    return { document: {}, problems: [...read.problems, ...(keepsHeader ? [notExpanded] : [])] };
  }
  if (!isJsonMap(read.value)) {
    return refuse(
      "must be a map of keys and values; a script, a list or plain text is not a cloud-config",
    );
  }
  const document = keepsHeader ? { ...read.value, [templateHeader]: "jinja" } : read.value;
  return { document, problems: [] };
}

/** A hint for templates that are no YAML. */
const notExpanded: InputProblem = {
  path: "userData",
  reason:
    "is a template, which is read as YAML before cloud-init expands it: quote each value with an expression, and write statements only within a text",
};

function refuse(reason: string): ParsedUserData {
  return { document: {}, problems: [{ path: "userData", reason }] };
}

// yaml is slow to load, and needed only for text.
function readText(text: string, syntax: Syntax): PlainData {
  const reason = otherFormReason(text);
  if (reason !== undefined) {
    return { value: undefined, problems: [{ path: "userData", reason }] };
  }
  const reader = require("./read-yaml") as typeof import("./read-yaml");
  return reader.parseText(text, syntax);
}
