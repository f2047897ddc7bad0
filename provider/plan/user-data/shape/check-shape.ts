import type { InputProblem } from "../../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../../base/json";
import { propertyPath } from "../merge";
import { joinFindings, type Findings } from "../part";
import { shownKey } from "../public-values";
import { nearestName } from "./nearest-name";
import { kindOf, scalarProblem } from "./scalar-problem";
import { listOf, text, type Mapped, type Shape } from "./shape";

const none: Findings = { problems: [], warnings: [] };

/**
 * Values that the reader cannot decode, as problems, and names that it ignores, as warnings. null and an empty list are
 * left to the merge, which refuses both everywhere.
 */
export function checkShape(value: Json, shape: Shape, at: string): Findings {
  if (value === null || (isJsonList(value) && value.length === 0)) return none;
  switch (shape.kind) {
    case "anything":
      return none;
    case "text or list":
      return checkShape(value, isJsonList(value) ? listOf(text) : text, at);
    case "list":
      if (!isJsonList(value)) return wrong(at, value, "a list", shape.hint ?? listAdvice(value));
      return joinFindings(
        value.map((item, index) => checkShape(item, shape.of, propertyPath(at, index))),
      );
    case "map":
      if (!isJsonMap(value)) return wrong(at, value, "a map", shape.hint ?? mapAdvice(value));
      return checkMembers(value, shape, at);
    case "text":
    case "octal":
    case "reference":
    case "boolean":
    case "integer":
    case "unsigned":
    case "mode": {
      const reason = scalarProblem(value, shape);
      return reason === undefined ? none : refused({ path: at, reason });
    }
  }
}

function checkMembers(map: JsonMap, shape: Mapped, at: string): Findings {
  return joinFindings(
    Object.entries(map).map(([key, value]) => {
      const path = propertyPath(at, key);
      const known = shape.keys.get(key);
      const found = checkShape(value, known ?? shape.others, path);
      const sameName = known === undefined ? nameInOtherCase(key, shape) : undefined;
      if (sameName !== undefined) {
        const reason = `must be written \`${sameName}\`; one part of the installer ignores a name in another case`;
        return refused({ path, reason });
      }
      const warning = nameWarning(key, shape, path);
      return warning === undefined ? found : { ...found, warnings: [warning, ...found.warnings] };
    }),
  );
}

function nameInOtherCase(key: string, { keys, letterCase }: Mapped): string | undefined {
  if (letterCase === "exact") return undefined;
  return [...keys.keys()].find((name) => name.toLowerCase() === key.toLowerCase());
}

function nameWarning(key: string, shape: Mapped, path: string): string | undefined {
  // Without known names, every name is the user's own.
  if (shape.keys.size === 0 || key.startsWith("x-")) return undefined;
  const advice = shape.advice.get(key);
  if (advice !== undefined) return `${path} is ignored by Kairos; ${advice}.`;
  if (shape.keys.has(key)) return undefined;
  const near = nearestName(key, shape.keys.keys());
  if (near !== undefined) {
    return `${path} is not a name that Kairos knows here, so it is ignored; is \`${near}\` meant?`;
  }
  if (shape.unknown === "free" || shownKey(key) !== key) return undefined;
  return `${path} is not a name that Kairos knows here, so it is ignored.`;
}

function wrong(path: string, value: Json, expected: string, advice: string): Findings {
  return refused({ path, reason: `must be ${expected}, but is ${kindOf(value)}; ${advice}` });
}

function refused(problem: InputProblem): Findings {
  return { problems: [problem], warnings: [] };
}

function listAdvice(value: Json): string {
  return isJsonMap(value) ? "put `- ` before its first key" : "write `- ` before each item";
}

function mapAdvice(value: Json): string {
  return isJsonList(value)
    ? "write `name: value`, without `- `"
    : "write its names and values below it";
}
