import { isMap, isSeq } from "yaml";
import type { YAMLMap, YAMLSeq } from "yaml";
import { canonicalJson, isJsonList, isJsonMap, type JsonMap } from "../../base/json";
import { parseLikeGo, readInstalledText } from "./read-installed";

/** A step of a stage that runs one command. */
export interface CommandStep {
  readonly name: string;
  readonly commands: readonly [string];
}

/**
 * A cloud-config with one more step at the end of a stage. All other bytes stay as they are: a writer of YAML could
 * change the type of a value such as `0644`. Undefined if the text has no place for a step.
 */
export function appendStep(text: string, stage: string, step: CommandStep): string | undefined {
  const before = readInstalledText(text);
  const longer = insertStep(text, stage, step);
  if (longer === undefined || before.problems.length > 0) return undefined;
  const after = readInstalledText(longer);
  const expected = canonicalJson(withStep(before.document, stage, step));
  const isExpected = after.problems.length === 0 && canonicalJson(after.document) === expected;
  return isExpected ? longer : undefined;
}

function insertStep(text: string, stage: string, step: CommandStep): string | undefined {
  const entry = `{name: ${JSON.stringify(step.name)}, commands: [${JSON.stringify(step.commands[0])}]}`;
  const { contents } = parseLikeGo(text);
  if (!isMap(contents)) return undefined;
  const stages: unknown = contents.get("stages", true);
  if (stages === undefined) return insertLast(text, contents, `stages: {${stage}: [${entry}]}`);
  if (!isMap(stages)) return undefined;
  const steps: unknown = stages.get(stage, true);
  if (steps === undefined) return insertLast(text, stages, `${stage}: [${entry}]`);
  return isSeq(steps) ? insertLast(text, steps, entry) : undefined;
}

/** Inserts an entry behind the last one of a map or a list. */
function insertLast(text: string, list: YAMLMap | YAMLSeq, entry: string): string | undefined {
  if (!list.range) return undefined;
  const [start, end] = list.range;
  if (list.flow === true) {
    const inside = text.slice(start + 1, end - 1);
    const comma = /(?:^|,)\s*$/.test(inside) ? "" : ", ";
    return `${text.slice(0, end - 1)}${comma}${entry}${text.slice(end - 1)}`;
  }
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  const line = `${" ".repeat(column)}${isSeq(list) ? "- " : ""}${entry}\n`;
  const above = text.slice(0, end);
  return `${above}${above.endsWith("\n") ? "" : "\n"}${line}${text.slice(end)}`;
}

function withStep(document: JsonMap, stage: string, step: CommandStep): JsonMap {
  const stages = isJsonMap(document.stages) ? document.stages : {};
  const steps = stages[stage];
  return {
    ...document,
    stages: {
      ...stages,
      [stage]: [...(isJsonList(steps) ? steps : []), { name: step.name, commands: step.commands }],
    },
  };
}
