import assert from "node:assert/strict";
import { generateUserData } from "../../../../../provider/plan/user-data/generate";
import { whyDropped } from "./judge";
import { mistakes } from "./mistakes";
import { askInstaller, type Answer } from "./oracle";

describe("everyday mistakes in user-data", () => {
  let answers: ReadonlyMap<string, Answer>;

  before(async () => {
    const questions = Object.entries(mistakes).map(([id, yaml]) => {
      return { id, text: `#cloud-config\n${yaml}\n`, others: ["#cloud-config\n{}\n"] };
    });
    answers = await askInstaller(questions);
  });

  for (const [what, userData] of Object.entries(mistakes)) {
    it(`${what}: the installer drops it, and it is refused`, () => {
      const answer = answers.get(what);
      assert.ok(answer && whyDropped(answer), "the installer takes it");
      const { problems } = generateUserData({ reader: "kairos", singleHost: false, userData });
      assert.equal(problems.length, 1, problems.map(({ path, reason }) => path + reason).join());
    });
  }
});
