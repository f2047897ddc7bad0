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

describe("cliInstance", () => {
  it("depends on the name alone", () => {
    assert.equal(cliInstance("edge"), cliInstance("edge"));
    assert.notEqual(cliInstance("edge"), cliInstance("edge2"));
  });

  it("is valid in the name of an owner marker", () => {
    const path = `/x/owners/${cliInstance("edge")}.live.json`;
    assert.deepEqual(parseOwnerPath(path), { instance: cliInstance("edge"), state: "live" });
  });
});

describe("findOwned", () => {
  const folder = temporaryFolder();
  const stateOf = { owner: "cli", time: "2026-01-01T00:00:00.000Z", state: "live" } as const;

  it("finds images at a target without records by the records of this machine's cache", async () => {
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

  it("does not use the cache for a target with records", async () => {
    const cache = directoryRecords(`${folder()}/cache`, "the local cache");
    const target = memoryTarget("a", folder());
    await setMarker(cache, one.installKey, { ...stateOf, instance: one.instance }, signal);
    await addPublication(cache, one.installKey, entryOf(publicationAt(target.id)), signal);
    assert.deepEqual(await findOwned([target], cache, signal), []);
    await setMarker(target.records, two.installKey, { ...stateOf, instance: two.instance }, signal);
    assert.deepEqual(await findOwned([target], cache, signal), [two]);
  });
});

describe("pickOwned", () => {
  it("picks the only image if none is named", () => {
    assert.deepEqual(pickOwned([one], undefined, undefined), [one]);
    assert.deepEqual(pickOwned([one, other], undefined, "other"), [other]);
  });

  it("picks the image with the ID", () => {
    const id = `edge-${"a".repeat(12)}`;
    assert.deepEqual(pickOwned([one, two, other], id, undefined), [one]);
  });

  it("picks an install key under every name, or under the given name", () => {
    assert.deepEqual(pickOwned([one, two, other], "a".repeat(64), undefined), [one, other]);
    assert.deepEqual(pickOwned([one, two, other], "a".repeat(64), "edge"), [one]);
  });

  const refusals: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["several images and none named", undefined, undefined],
    ["an ID of another name", `stranger-${"a".repeat(12)}`, undefined],
    ["an unknown key", "c".repeat(64), undefined],
    ["a name that owns nothing", undefined, "stranger"],
    ["part of a key", "aaaa", undefined],
  ];
  for (const [what, image, name] of refusals) {
    it(`refuses and lists the images: ${what}`, () => {
      assert.throws(() => pickOwned([one, two], image, name), {
        code: "input.invalid",
        message: new RegExp("a{64}"),
      });
    });
  }
});
