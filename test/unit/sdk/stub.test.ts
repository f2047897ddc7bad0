import assert from "node:assert/strict";
import { stylusImageStub } from "../../../sdk/stub";

describe("stylusImageStub", () => {
  const verbs = {
    check: ["olds", "news"],
    diff: ["id", "olds", "news"],
    create: ["inputs"],
    update: ["id", "olds", "news"],
    read: ["id", "props"],
    delete: ["id", "props"],
  } as const;

  it("has every verb of a dynamic provider, and nothing that would be serialized besides", () => {
    assert.deepEqual(Object.keys(stylusImageStub).sort(), Object.keys(verbs).sort());
  });

  // State made by an old version calls the installed one by these words for ever.
  for (const [verb, names] of Object.entries(verbs)) {
    it(`${verb} calls the installed package by resource, verb and its own arguments, and names nothing else`, () => {
      const text = String(stylusImageStub[verb as keyof typeof verbs]);
      assert.match(text, /pulumi-stylus-image\/provider/);
      assert.match(text, /resource: "StylusImage"/);
      assert.match(text, new RegExp(`verb: "${verb}"`));
      assert.match(text, new RegExp(`arguments: \\[${names.join(", ")}\\]`));
    });
  }
});
