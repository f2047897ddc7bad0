import assert from "node:assert/strict";
import { cliInstance } from "../../../provider/cli/prepare";
import { pickOwned } from "../../../provider/cli/owned-images";
import { parseOwnerPath } from "../../../provider/plan/record";

const one = { installKey: "a".repeat(64), instance: cliInstance("edge") };
const two = { installKey: "b".repeat(64), instance: cliInstance("edge") };
const other = { installKey: "a".repeat(64), instance: cliInstance("other") };

describe("the marker of the command line", () => {
  it("is the same for the same name, and another for another", () => {
    assert.equal(cliInstance("edge"), cliInstance("edge"));
    assert.notEqual(cliInstance("edge"), cliInstance("edge2"));
  });

  it("is a marker's file name that records understand", () => {
    const path = `/x/owners/${cliInstance("edge")}.live.json`;
    assert.deepEqual(parseOwnerPath(path), { instance: cliInstance("edge"), state: "live" });
  });
});

describe("which image `remove` means", () => {
  it("is the only one, when none is named", () => {
    assert.deepEqual(pickOwned([one], undefined, undefined), [one]);
    assert.deepEqual(pickOwned([one, other], undefined, "other"), [other]);
  });

  it("is the one with that ID", () => {
    const id = `edge-${"a".repeat(12)}`;
    assert.deepEqual(pickOwned([one, two, other], id, undefined), [one]);
  });

  it("is every name's hold on that install key, or only the given name's", () => {
    assert.deepEqual(pickOwned([one, two, other], "a".repeat(64), undefined), [one, other]);
    assert.deepEqual(pickOwned([one, two, other], "a".repeat(64), "edge"), [one]);
  });

  const refusals: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["several and none named", undefined, undefined],
    ["an ID of another name", `stranger-${"a".repeat(12)}`, undefined],
    ["a key that is not there", "c".repeat(64), undefined],
    ["a name that owns nothing", undefined, "stranger"],
    ["half a key", "aaaa", undefined],
  ];
  for (const [what, image, name] of refusals) {
    it(`is refused and what there is is listed: ${what}`, () => {
      assert.throws(() => pickOwned([one, two], image, name), {
        code: "input.invalid",
        message: new RegExp("a{64}"),
      });
    });
  }
});
