import assert from "node:assert/strict";
import { findArtifacts } from "../../../../provider/resource/image/find-artifacts";
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
const rawDestination: Destination = { format: "raw", target: "directory:a" };
const qcow2Destination: Destination = { format: "qcow2", target: "directory:a" };

async function read(first: FindResult, second: FindResult, missing: readonly Destination[] = []) {
  const target = memoryTarget("a", "/nowhere");
  target.answers.set(raw.uri, first).set(qcow2.uri, second);
  const call = heardCall();
  const image = { ...stateWith([raw, qcow2]), missing: [...missing] };
  return { ...(await findArtifacts(image, [target], call)), warnings: call.warnings };
}

describe("findArtifacts", () => {
  const rows: readonly (readonly [
    string,
    FindResult,
    FindResult,
    readonly Destination[],
    boolean,
    number,
  ])[] = [
    ["nothing missing if all artifacts are present", present, present, [], false, 0],
    ["an absent artifact missing", present, absent, [qcow2Destination], false, 0],
    ["an altered artifact missing, with a warning", altered, present, [rawDestination], false, 1],
    [
      "the image gone if all artifacts are absent",
      absent,
      absent,
      [rawDestination, qcow2Destination],
      true,
      0,
    ],
    [
      "the image not gone if one artifact is altered",
      absent,
      altered,
      [rawDestination, qcow2Destination],
      false,
      1,
    ],
    ["an unreachable artifact not missing, with a warning", unreachable, present, [], false, 1],
    ["the image not gone if all artifacts are unreachable", unreachable, unreachable, [], false, 2],
    [
      "the image not gone if one artifact is unreachable",
      absent,
      unreachable,
      [rawDestination],
      false,
      1,
    ],
  ];
  for (const [rule, first, second, missing, gone, warnings] of rows) {
    it(`reports ${rule}`, async () => {
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

  it("keeps a missing artifact missing when its target is unreachable", async () => {
    const { missing } = await read(unreachable, present, [rawDestination]);
    assert.deepEqual(missing, [rawDestination]);
  });

  it("names the artifact and the reason in the warning", async () => {
    const { warnings } = await read(altered, unreachable);
    assert.match(
      warnings[0] ?? "",
      new RegExp(`${raw.uri} is not what was published: another size`),
    );
    assert.match(
      warnings[1] ?? "",
      new RegExp(`${qcow2.uri} could not be checked and is kept: 403`),
    );
  });

  it("keeps an image without artifacts", async () => {
    const { gone, missing } = await findArtifacts(stateWith([]), [], heardCall());
    assert.deepEqual([gone, missing], [false, []]);
  });

  it("keeps an artifact at an unknown target", async () => {
    const { gone, missing } = await findArtifacts(stateWith([raw]), [], heardCall());
    assert.deepEqual([gone, missing], [false, []]);
  });
});
