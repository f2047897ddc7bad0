import assert from "node:assert/strict";
import { readImage } from "../../../../provider/resource/image/probe";
import type { FindResult } from "../../../../provider/targets/find-result";
import type { Destination } from "../../../../provider/schema/state";
import { memoryTarget } from "../../agent/memory-target";
import { publicationAt, stateWith } from "../../agent/samples";
import { heardCall } from "../samples";

const present: FindResult = { state: "present" };
const absent: FindResult = { state: "absent" };
const altered: FindResult = { state: "altered", why: "another size" };
const unreachable: FindResult = { state: "unreachable", why: "403 Forbidden" };

const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:a", "qcow2");
const rawPlace: Destination = { format: "raw", target: "directory:a" };
const qcow2Place: Destination = { format: "qcow2", target: "directory:a" };

async function read(first: FindResult, second: FindResult, missing: readonly Destination[] = []) {
  const target = memoryTarget("a", "/nowhere");
  target.answers.set(raw.uri, first).set(qcow2.uri, second);
  const call = heardCall();
  const image = { ...stateWith([raw, qcow2]), missing: [...missing] };
  return { ...(await readImage(image, [target], call)), warnings: call.warnings };
}

describe("readImage", () => {
  const rows: readonly (readonly [
    string,
    FindResult,
    FindResult,
    readonly Destination[],
    boolean,
    number,
  ])[] = [
    ["nothing missing where all is there", present, present, [], false, 0],
    ["what is absent missing", present, absent, [qcow2Place], false, 0],
    ["what was altered missing, with a warning", altered, present, [rawPlace], false, 1],
    ["the image gone where all is absent", absent, absent, [rawPlace, qcow2Place], true, 0],
    ["it not gone where one is altered", absent, altered, [rawPlace, qcow2Place], false, 1],
    ["what cannot be asked not missing, with a warning", unreachable, present, [], false, 1],
    ["what cannot be asked not gone", unreachable, unreachable, [], false, 2],
    ["the image not gone where one cannot be asked", absent, unreachable, [rawPlace], false, 1],
  ];
  for (const [rule, first, second, missing, gone, warnings] of rows) {
    it(`calls ${rule}`, async () => {
      const answer = await read(first, second);
      assert.deepEqual(answer.missing, missing);
      assert.equal(answer.gone, gone);
      assert.equal(answer.warnings.length, warnings);
      assert.deepEqual(
        answer.lost.map(({ format }) => format),
        missing.map(({ format }) => format),
      );
    });
  }

  it("does not forget what was missing where a target cannot be asked", async () => {
    const { missing } = await read(unreachable, present, [rawPlace]);
    assert.deepEqual(missing, [rawPlace]);
  });

  it("says in the warning which and why", async () => {
    const { warnings } = await read(altered, unreachable);
    assert.match(
      warnings[0] ?? "",
      new RegExp(`${raw.uri} is not what was published: another size`),
    );
    assert.match(
      warnings[1] ?? "",
      new RegExp(`${qcow2.uri} could not be looked at, and is kept: 403`),
    );
  });

  it("keeps an image of which nothing was published yet", async () => {
    const { gone, missing } = await readImage(stateWith([]), [], heardCall());
    assert.deepEqual([gone, missing], [false, []]);
  });

  it("keeps what is at a target that it does not know", async () => {
    const { gone, missing } = await readImage(stateWith([raw]), [], heardCall());
    assert.deepEqual([gone, missing], [false, []]);
  });
});
