import assert from "node:assert/strict";
import { readImage } from "../../../provider/resource/image-read";
import type { Finding } from "../../../provider/publish/target";
import { memoryTarget } from "../build/memory-target";
import { publicationAt, stateWith } from "../build/samples";
import { heardCall } from "./samples";

const present: Finding = { state: "present" };
const absent: Finding = { state: "absent" };
const altered: Finding = { state: "altered", why: "another size" };
const unreachable: Finding = { state: "unreachable", why: "403 Forbidden" };

const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:a", "qcow2");
const rawPlace = { format: "raw", target: "directory:a" };
const qcow2Place = { format: "qcow2", target: "directory:a" };

async function read(first: Finding, second: Finding) {
  const target = memoryTarget("a", "/nowhere");
  target.answers.set(raw.uri, first).set(qcow2.uri, second);
  const call = heardCall();
  return {
    found: await readImage(stateWith([raw, qcow2]), [target], call),
    warnings: call.warnings,
  };
}

describe("readImage", () => {
  const rows: readonly (readonly [string, Finding, Finding, unknown, number])[] = [
    ["nothing missing where all is there", present, present, [], 0],
    ["what is absent missing", present, absent, [qcow2Place], 0],
    ["what was altered missing, with a warning", altered, present, [rawPlace], 1],
    ["gone only what is absent everywhere", absent, absent, "gone", 0],
    ["the image not gone where one is altered", absent, altered, [rawPlace, qcow2Place], 1],
    ["what cannot be asked not missing, with a warning", unreachable, present, [], 1],
    ["what cannot be asked not gone", unreachable, unreachable, [], 2],
    ["the image not gone where one cannot be asked", absent, unreachable, [rawPlace], 1],
  ];
  for (const [rule, first, second, expected, warnings] of rows) {
    it(`calls ${rule}`, async () => {
      const answer = await read(first, second);
      assert.deepEqual(answer.found, expected);
      assert.equal(answer.warnings.length, warnings);
    });
  }

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
    assert.deepEqual(await readImage(stateWith([]), [], heardCall()), []);
  });

  it("keeps what is at a target that it does not know", async () => {
    assert.deepEqual(await readImage(stateWith([raw]), [], heardCall()), []);
  });
});
