import assert from "node:assert/strict";
import {
  decideFormat,
  formatInName,
  nameWithoutFormat,
} from "../../../../provider/formats/detect/detect";
import type { ContentFormat } from "../../../../provider/formats/detect/magic";
import type { FormatName } from "../../../../provider/schema/names";

const raw = { type: "raw", compression: "none" } as const;
const gzip = { type: "raw", compression: "gzip" } as const;
const qcow2: ContentFormat = { kind: { type: "qcow2" } };

describe("what a file is", () => {
  const rules: readonly (readonly [
    string,
    ContentFormat,
    FormatName | undefined,
    FormatName | undefined,
    object | RegExp,
  ])[] = [
    ["bytes and name agree", qcow2, "qcow2", undefined, { type: "qcow2" }],
    ["the name says nothing", qcow2, undefined, undefined, { type: "qcow2" }],
    ["the person confirms the bytes", qcow2, "raw", "qcow2", { type: "qcow2" }],
    ["a boot sector, and no name", { kind: raw }, undefined, undefined, raw],
    ["no mark at all, named as raw", {}, "raw", undefined, raw],
    ["the person says raw", qcow2, "qcow2", "raw", raw],
    ["the person says raw of what is of no use", { problem: "is odd" }, undefined, "raw", raw],
    ["the person says raw of a compressed one", { kind: gzip, problem: "?" }, "raw", "raw", gzip],
    ["a guest may have written it", qcow2, "raw", undefined, /named as raw and looks like qcow2, /],
    ["another name", { kind: raw }, "iso", undefined, /named as iso and looks like raw; say/],
    ["no mark, no name", {}, undefined, undefined, /none of the formats; give --format raw/],
    ["no mark, named as another", {}, "vmdk", undefined, /none of the formats/],
    ["the person is wrong", qcow2, undefined, "ova", /is no ova, .* it looks like qcow2/],
    ["the person is wrong of nothing", {}, undefined, "iso", /is no iso, .*looks like none/],
    ["of no use", { problem: "is odd" }, "raw", undefined, /^is odd$/],
  ];
  for (const [what, look, named, wanted, expected] of rules) {
    it(what, () => {
      const chosen = decideFormat(look, named, wanted);
      if (expected instanceof RegExp) {
        assert.match("problem" in chosen ? chosen.problem : "nothing wrong", expected);
      } else assert.deepEqual(chosen, { kind: expected });
    });
  }
});

describe("what a file's name says", () => {
  const names: readonly (readonly [string, FormatName | undefined, string])[] = [
    ["a/edge.raw", "raw", "edge"],
    ["edge.IMG", "raw", "edge"],
    ["edge.raw.zst", "raw", "edge"],
    ["edge.qcow2", "qcow2", "edge"],
    ["edge.v1.vmdk", "vmdk", "edge.v1"],
    ["edge.tar.gz", "gce", "edge"],
    ["edge.oci.tar", "containerdisk", "edge"],
    ["edge.tar", undefined, "edge"],
    ["edge", undefined, "edge"],
  ];
  for (const [path, format, name] of names) {
    it(path, () => assert.deepEqual([formatInName(path), nameWithoutFormat(path)], [format, name]));
  }
});
