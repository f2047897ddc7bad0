import assert from "node:assert/strict";
import { describeRelease } from "../../../provider/records/describe-release";
import { nothingReleased, type Released } from "../../../provider/records/scope";
import { installKey, publicationAt } from "../agent/samples";

const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:a", "qcow2");
const key = installKey.slice(0, 12);
const owner = { instance: "you", owner: "urn:you", time: "", state: "live" } as const;

describe("describeRelease", () => {
  const rows: readonly (readonly [string, Partial<Released>, readonly string[]])[] = [
    ["one", { removed: [raw] }, [`Removed 1 publication of ${key}.`]],
    ["several", { removed: [raw, qcow2] }, [`Removed 2 publications of ${key}.`]],
    ["nothing", {}, [`Nothing of ${key} was there to be removed.`]],
    [
      "what was gone already",
      { absent: [raw] },
      [`1 publication of ${key} was gone already: ${raw.uri}.`],
    ],
    [
      "several that were gone already",
      { removed: [raw], absent: [raw, qcow2] },
      [
        `Removed 1 publication of ${key}.`,
        `2 publications of ${key} were gone already: ${raw.uri}, ${qcow2.uri}.`,
      ],
    ],
    [
      "what another owner keeps",
      { kept: [{ target: "directory:a", owners: [owner] }] },
      ["directory:a keeps the image for urn:you (live)."],
    ],
    ["nothing but an altered file", { left: ["/a/b"] }, []],
  ];
  for (const [what, released, sentences] of rows) {
    it(`counts ${what}`, () => {
      assert.deepEqual(describeRelease({ ...nothingReleased, ...released }, installKey), sentences);
    });
  }
});
