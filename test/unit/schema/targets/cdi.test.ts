import { cdiTargetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import { destinationsOf } from "../../../../provider/plan/make-plan";
import { parseImageSpec, requireImageSpec } from "../../../../provider/schema/parse";

const all = ["raw", "qcow2", "vmdk", "ova", "vhd", "gce", "containerdisk", "iso"];
const input = (target: object, formats: readonly string[] = ["qcow2"]) => ({
  installer: "a.iso",
  formats,
  machine: { diskSize: "20GiB" },
  publishTo: [{ type: "cdi", namespace: "images", ...target }],
});

describe("a cdi target", () => {
  const taken = (target: object) =>
    destinationsOf(requireImageSpec(input(target, all))).map(({ format }) => format);

  it("accepts qcow2 by default, or the formats that it lists", () => {
    assert.deepEqual(taken({}), ["qcow2"]);
    assert.deepEqual(taken({ formats: ["iso", "vmdk", "raw"] }), ["raw", "vmdk", "iso"]);
  });

  it("is identified by its namespace, and by context and kubeconfig if they are given", () => {
    assert.equal(cdiTargetId({}), "cdi://.");
    assert.equal(cdiTargetId({ namespace: "images" }), "cdi://images");
    assert.equal(cdiTargetId({ namespace: "images", context: "edge" }), "cdi://images (edge)");
    const both = { namespace: "images", context: "edge", kubeconfig: "k.yaml" };
    assert.equal(cdiTargetId(both), "cdi://images (edge in k.yaml)");
  });

  it("accepts the upload proxy's address with and without its path", () => {
    for (const uploadProxy of ["https://u.x", "https://u.x/", "https://u.x/v1beta1/upload"]) {
      const { publishTo } = requireImageSpec(input({ uploadProxy }));
      assert.partialDeepStrictEqual(publishTo[0], { uploadProxy: "https://u.x" });
    }
  });

  it("needs no size as large as the disk for an ISO", () => {
    requireImageSpec(input({ formats: ["iso"], size: "1GiB" }, ["iso"]));
    requireImageSpec(input({ size: "20GiB" }));
  });

  type Mistake = readonly [string, object, string, RegExp, (readonly string[])?];
  const mistakes: readonly Mistake[] = [
    [
      "a namespace that is no label",
      { namespace: "Images" },
      "publishTo[0].namespace",
      /DNS label/,
    ],
    [
      "a proxy with a token",
      { uploadProxy: "https://u.x?t=1" },
      "publishTo[0].uploadProxy",
      /query/,
    ],
    ["a proxy with a user", { uploadProxy: "https://a@u.x" }, "publishTo[0].uploadProxy", /user/],
    ["a proxy that is a host", { uploadProxy: "u.x" }, "publishTo[0].uploadProxy", /http or https/],
    [
      "a kubeconfig itself",
      { kubeconfig: "apiVersion: v1\nusers: []" },
      "publishTo[0].kubeconfig",
      /must be a path/,
    ],
    ["an unknown mode", { accessModes: ["All"] }, "publishTo[0].accessModes[0]", /ReadWriteOnce/],
    [
      "a size below the disk's",
      { size: "10GiB" },
      "publishTo[0].size",
      /the disk, which has 20 GiB/,
    ],
    ["a VHD", { formats: ["vhd"] }, "publishTo[0].formats[0]", /512 bytes too many/, ["vhd"]],
    [
      "an OVA",
      { formats: ["ova"] },
      "publishTo[0].formats[0]",
      /does not unpack tar files/,
      ["ova"],
    ],
    [
      "a containerdisk",
      { formats: ["containerdisk"] },
      "publishTo[0].formats[0]",
      /from a registry only/,
      ["containerdisk"],
    ],
    [
      "formats that it uses only if they are listed",
      {},
      "publishTo[0]",
      /add `qcow2`, or list/,
      ["raw"],
    ],
    ["a whole disk of zeros", { formats: ["raw"] }, "formats[0].compression", /across a network/],
  ];
  for (const [what, target, path, reason, formats] of mistakes) {
    it(`refuses ${what}`, () => {
      const given = input(target, formats);
      const whole = { ...given, formats: [{ type: "raw", compression: "none" }], machine: {} };
      const parsed = parseImageSpec(path.startsWith("formats") ? whole : given);
      assert.ok("problems" in parsed);
      const found = parsed.problems.find((it) => it.path === path);
      assert.match(found?.reason ?? JSON.stringify(parsed.problems), reason);
    });
  }

  it("is the same target only with the same context and kubeconfig", () => {
    const one = { type: "cdi", namespace: "images" };
    const twice = { ...input({}), publishTo: [one, { ...one, storageClass: "fast" }] };
    assert.match(JSON.stringify(parseImageSpec(twice)), /publishTo\[1\].*repeats a target/);
    requireImageSpec({ ...input({}), publishTo: [one, { ...one, context: "other" }] });
  });
});
