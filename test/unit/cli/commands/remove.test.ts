import assert from "node:assert/strict";
import { cliInstance } from "../../../../provider/cli/input/cli-instance";
import { findOwned, pickOwned } from "../../../../provider/cli/commands/owned-images";
import { parseOwnerPath } from "../../../../provider/plan/record";
import { directoryRecords } from "../../../../provider/targets/directory/records";
import { addPublication } from "../../../../provider/records/record";
import { setMarker } from "../../../../provider/records/markers";
import { memoryPlace, memoryTarget } from "../../agent/memory-target";
import { entryOf, publicationAt, signal } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";

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

describe("findOwned", () => {
  const folder = temporaryFolder();
  const stateOf = { owner: "cli", time: "2026-01-01T00:00:00.000Z", state: "live" } as const;

  it("finds what the command line published at a target without records in this machine's cache", async () => {
    const cache = directoryRecords(folder(), "the local cache");
    for (const { installKey, instance } of [one, two]) {
      await setMarker(cache, installKey, { ...stateOf, instance }, signal);
    }
    const web = memoryPlace("https://web/images");
    const elsewhere = publicationAt("https://web/others");
    await addPublication(cache, one.installKey, entryOf(publicationAt(web.id)), signal);
    await addPublication(cache, two.installKey, entryOf(elsewhere), signal);
    assert.deepEqual(await findOwned([web], cache, signal), [one]);
  });

  it("looks at no cache for a target that keeps records", async () => {
    const cache = directoryRecords(`${folder()}/cache`, "the local cache");
    const target = memoryTarget("a", folder());
    await setMarker(cache, one.installKey, { ...stateOf, instance: one.instance }, signal);
    await addPublication(cache, one.installKey, entryOf(publicationAt(target.id)), signal);
    assert.deepEqual(await findOwned([target], cache, signal), []);
    await setMarker(target.records, two.installKey, { ...stateOf, instance: two.instance }, signal);
    assert.deepEqual(await findOwned([target], cache, signal), [two]);
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
