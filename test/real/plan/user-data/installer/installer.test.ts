import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { makeCases, questionsOf, type Case } from "./cases";
import { knownFields, type Readers } from "./fields";
import { findIgnored, findMisread, whyDropped } from "./judge";
import { askInstaller, type Answer } from "./oracle";
import { mended, tolerated } from "./tolerated";

const count = Number(process.env["STYLUS_TEST_DOCUMENTS"] ?? 5000);
const seed = Number(process.env["STYLUS_TEST_SEED"] ?? 1);

describe(`${count} generated cloud-configs (seed ${seed}), judged by yip and kairos-agent`, () => {
  let known: Readers;
  let cases: readonly Case[];
  let answers: ReadonlyMap<string, Answer>;

  before(async () => {
    known = await knownFields();
    cases = makeCases(count, seed, known);
    answers = await askInstaller(cases.flatMap(questionsOf));
  });

  const answerTo = (id: string): Answer => {
    const given = answers.get(id);
    assert.ok(given, `no answer to ${id}`);
    return given;
  };
  const accepted = () => cases.filter(({ problems }) => problems.length === 0);
  const refused = () => cases.filter(({ problems }) => problems.length > 0);

  it("many are accepted and many are refused", () => {
    assert.ok(accepted().length > count / 4, `${accepted().length} are accepted`);
    assert.ok(refused().length > count / 4, `${refused().length} are refused`);
  });

  it("the installer takes every accepted one, alone and merged with an ISO's own", () => {
    assertNone(accepted(), ({ id }) => {
      const answer = answerTo(id);
      return whyDropped(answer) ?? answer.alone.usersError ?? answer.merged.usersError;
    });
  });

  it("the installer reads every value of an accepted one as it is written", () => {
    assertNone(accepted(), ({ id, made }) => {
      const misread = findMisread(made.document, answerTo(id), known);
      return misread.length === 0 ? undefined : `reads another value at ${misread.join(", ")}`;
    });
  });

  it("the installer reads an accepted text as it reads what we make of it", () => {
    assertNone(accepted(), ({ id, userData }) => {
      if (typeof userData !== "string") return undefined;
      const given = answerTo(`${id} as given`);
      const dropped = whyDropped(given);
      if (dropped !== undefined) return mended.test(dropped) ? undefined : dropped;
      const { boot } = answerTo(id).alone;
      return isDeepStrictEqual(given.file.stages, boot?.stages) ? undefined : "reads other stages";
    });
  });

  it("an accepted one has a warning for each key of a step or an account that yip ignores", () => {
    assertNone(accepted(), ({ made }) => {
      const warned = made.warnings.map(withoutIndices);
      const silent = findIgnored(made.document, known).filter(
        (path) => !warned.some((text) => text.startsWith(`userData.${withoutIndices(path)} `)),
      );
      return silent.length === 0 ? undefined : `ignores ${silent.join(", ")}`;
    });
  });

  it("the installer drops or misreads every refused one, but for the reasons that are named", () => {
    const unused = new Set(tolerated);
    assertNone(refused(), ({ id, userData, problems }) => {
      const answer = answerTo(`${id} as given`);
      if (whyDropped(answer) !== undefined) return undefined;
      const isMisread =
        typeof userData !== "string" && findMisread(userData, answer, known).length > 0;
      if (isMisread) return undefined;
      const unnamed = problems.filter((problem) => {
        const named = tolerated.find(({ covers }) => covers(problem, userData));
        if (named !== undefined) unused.delete(named);
        return named === undefined;
      });
      const [first] = unnamed;
      return first && `takes it, but we refuse: ${first.path} ${first.reason}`;
    });
    // The seed's first 5,000 documents need all of them.
    if (count < 5000) return;
    assert.deepEqual(
      [...unused].map(({ why }) => why),
      [],
      "reasons that no document needed",
    );
  });
});

function withoutIndices(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}

/** Fails with the first cases that have a disagreement, and the number of them. */
function assertNone(cases: readonly Case[], disagreement: (it: Case) => string | undefined): void {
  const found = cases.flatMap((it) => {
    const reason = disagreement(it);
    return reason === undefined ? [] : [{ it, reason }];
  });
  const shown = found
    .slice(0, 40)
    .map(
      ({ it, reason }) => `${it.id}: the installer ${reason}\n    ${JSON.stringify(it.userData)}`,
    );
  assert.equal(found.length, 0, `${found.length} disagreements\n${shown.join("\n")}`);
}
