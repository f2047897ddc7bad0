import assert from "node:assert/strict";
import { addReports } from "../../../../../provider/agent/stages/configuration-reports";
import { isJsonList, isJsonMap, type Json } from "../../../../../provider/base/json";
import { installedProblems } from "../../../../../provider/plan/user-data/installed-problems";
import { renderConfig } from "../../../../../provider/plan/user-data/write-yaml";
import { makeDocument } from "./documents";
import { knownFields } from "./fields";
import { askInstaller, type Loaded } from "./oracle";
import { Random } from "./random";

const count = 1000;
const nonce = "n-1";

describe(`${count} generated configuration files of an installed system, judged by yip`, () => {
  let texts: readonly string[];
  let loaded: readonly Loaded[];
  let reporting: readonly (Loaded | undefined)[];

  before(async () => {
    const known = await knownFields();
    const random = new Random(1);
    texts = Array.from({ length: count }, () => renderConfig(makeDocument(known, random)));
    loaded = await load(texts);
    reporting = await load(texts.map((text) => addReports(text, nonce)?.text ?? ""));
  });

  const load = async (files: readonly string[]): Promise<readonly Loaded[]> => {
    const questions = files.map((text, index) => ({
      id: String(index),
      text,
      others: ["#cloud-config\n"],
    }));
    const answers = await askInstaller(questions);
    return questions.map(({ id }) => {
      const answer = answers.get(id);
      assert.ok(answer);
      return answer.file;
    });
  };

  it("a problem is found in each that yip drops, whole or without its stages, and in no other", () => {
    const found = texts.map((text) => installedProblems(text));
    const drops = loaded.map(({ error, stagesError }) => error ?? stagesError);
    assert.ok(drops.filter((it) => it !== undefined).length > count / 10);
    const missed = texts.filter((_, i) => drops[i] !== undefined && found[i]!.length === 0);
    assert.deepEqual(missed, []);
    const taken = texts.flatMap((text, i) =>
      drops[i] === undefined && found[i]!.length > 0 ? [[text, found[i]]] : [],
    );
    assert.deepEqual(taken, []);
  });

  it("yip reads each sound one with the reports as before, and the reports behind its own steps", () => {
    let compared = 0;
    texts.forEach((text, i) => {
      if (loaded[i]?.error !== undefined || loaded[i]?.stagesError !== undefined) return;
      const added = addReports(text, nonce);
      if (added === undefined) return;
      compared += 1;
      assert.equal(reporting[i]?.error ?? reporting[i]?.stagesError, undefined, added.text);
      assert.deepEqual(withoutReports(reporting[i]?.stages), loaded[i]?.stages, added.text);
    });
    assert.ok(compared > count / 3, `${compared} compared`);
  });
});

/** The stages without the steps that report, and without a stage that has only those. */
function withoutReports(stages: Json | undefined): Json | undefined {
  if (!isJsonMap(stages)) return stages;
  const others = Object.entries(stages).map(([name, steps]) => {
    const own = isJsonList(steps)
      ? steps.filter((step) => !JSON.stringify(step).includes(nonce))
      : steps;
    return [name, own] as const;
  });
  return Object.fromEntries(others.filter(([, steps]) => !isJsonList(steps) || steps.length > 0));
}
