import assert from "node:assert/strict";
import { keysOf } from "../../../../provider/plan/make-plan";
import { diffImage } from "../../../../provider/resource/image/diff";
import type { Resolved } from "../../../../provider/resource/image/resolved";
import { requireImageSpec } from "../../../../provider/schema/parse";
import { GiB } from "../../../../provider/base/size";
import type { ImageState } from "../../../../provider/schema/state";
import { digest, publicationAt, stateWith } from "../../agent/samples";

const good = {
  installer: { url: "https://h/a.iso" },
  formats: ["raw", "qcow2"],
  publishTo: [{ type: "directory", path: "a" }],
};
const validator = 'etag "1"';

interface Given {
  /** Changes of the inputs. */
  readonly spec?: object;
  /** Changes of the results of `check`. */
  readonly found?: Partial<Pick<Resolved, "recipe" | "userDataDigest" | "installer">>;
  /** Changes of the outputs. */
  readonly old?: Partial<ImageState>;
}

const specOf = (change: object = {}) => requireImageSpec({ ...good, ...change });
function resolvedOf(
  spec: object | undefined,
  found: Given["found"],
  installer: Resolved["installer"],
) {
  const facts = { recipe: "1", userDataDigest: digest("a"), installer, ...found };
  return { ...facts, ...keysOf(specOf(spec), facts) };
}

/** Outputs of an image whose inputs have not changed since, pinned or not. */
function difference(pin: "pinned" | "unpinned", { spec, found, old }: Given) {
  const installer = pin === "pinned" ? { sha256: digest("c") } : { validator };
  const before = resolvedOf(undefined, undefined, installer);
  const state: ImageState = {
    ...stateWith([publicationAt("directory:a", "raw"), publicationAt("directory:a", "qcow2")]),
    installKey: before.installKey ?? digest("9"),
    ...(pin === "unpinned" && { installerValidator: validator, requestKey: before.requestKey }),
    ...old,
  };
  return diffImage(specOf(spec), resolvedOf(spec, found, installer), state);
}

const none = { changes: false, replaces: [], reasons: [] };
const a = { type: "directory", path: "a" };
const s3 = { type: "s3", bucket: "b" };

for (const pin of ["pinned", "unpinned"] as const) {
  describe(`diffImage of an installer that is ${pin}`, () => {
    it("reports no change for equal inputs", () => assert.deepEqual(difference(pin, {}), none));

    it("reports no change for `reportUrl`", () =>
      assert.deepEqual(difference(pin, { old: { reportUrl: "https://h/r.html" } }), none));

    const recorded: readonly (readonly [string, object])[] = [
      ["time limits", { timeouts: { install: 99 } }],
      ["verify.boot", { verify: { boot: false } }],
      ["verify.expect", { verify: { expect: "x" } }],
      ["CPUs", { machine: { cpus: 2 } }],
      ["memory", { machine: { memory: "2GiB" } }],
      ["the accelerator", { machine: { accelerator: "tcg" } }],
      ["an explicit default build host", { buildHost: { type: "local" } }],
      ["headers", { installer: { ...good.installer, headers: { a: "new" } } }],
      ["the URL's query", { installer: { url: "https://h/a.iso?X-Amz-Signature=2" } }],
      ["another spelling of a path", { publishTo: [{ type: "directory", path: "./a/" }] }],
    ];
    for (const [what, spec] of recorded) {
      it(`reports no change for ${what}`, () => assert.deepEqual(difference(pin, { spec }), none));
    }

    const replacing: readonly (readonly [string, Given, string, RegExp])[] = [
      ["the firmware", { spec: { machine: { firmware: "uefi" } } }, "machine", /machine/],
      [
        "Secure Boot",
        { spec: { machine: { firmware: "uefi", secureBoot: true } }, old: { firmware: "uefi" } },
        "userData",
        /`machine`/,
      ],
      ["the network", { spec: { machine: { network: "user" } } }, "userData", /`machine`/],
      ["the disk size", { spec: { machine: { diskSize: "40GiB" } } }, "machine", /machine/],
      ["a trigger", { spec: { triggers: ["2"] } }, "userData", /`triggers`/],
      ["the merged user-data", { found: { userDataDigest: digest("b") } }, "userData", /user-data/],
      ["the recipe", { found: { recipe: "2" } }, "recipe", /1 then, 2 now/],
    ];
    for (const [what, given, property, reason] of replacing) {
      it(`replaces for ${what}`, () => {
        const { changes, replaces, reasons } = difference(pin, given);
        assert.deepEqual([changes, replaces], [true, [property]]);
        assert.equal(reasons.length, 1);
        assert.match(reasons[0] ?? "", reason);
      });
    }

    it("reports only the replacement if the formats changed too", () => {
      const both = difference(pin, { spec: { formats: ["raw"], machine: { diskSize: "40GiB" } } });
      assert.deepEqual(both.replaces, ["machine"]);
      assert.equal(both.reasons.length, 1);
    });

    const updating: readonly (readonly [string, Given, readonly string[]])[] = [
      [
        "an added format",
        { old: { artifacts: [publicationAt("directory:a", "raw")] } },
        ["qcow2 will be published at directory:a."],
      ],
      [
        "a removed format",
        { spec: { formats: ["raw"] } },
        ["qcow2 is no longer requested at directory:a."],
      ],
      [
        "a format's options",
        { spec: { formats: ["raw", { type: "qcow2", compression: "zstd" }] } },
        ["qcow2 will be published at directory:a."],
      ],
      [
        "an added target",
        {
          spec: { formats: ["raw"], publishTo: [a, s3] },
          old: { artifacts: [publicationAt("directory:a", "raw")] },
        },
        ["raw will be published at s3://b."],
      ],
      [
        "a removed target",
        {
          spec: { formats: ["raw"], publishTo: [s3] },
          old: { artifacts: [publicationAt("directory:a", "raw")] },
        },
        ["raw will be published at s3://b.", "raw is no longer requested at directory:a."],
      ],
      [
        "the formats of a target",
        { spec: { publishTo: [{ ...a, formats: ["raw"] }] } },
        ["qcow2 is no longer requested at directory:a."],
      ],
      [
        "an artifact that is not published yet",
        {
          old: {
            artifacts: [],
            pending: [
              { format: "raw", target: "directory:a" },
              { format: "qcow2", target: "directory:a" },
            ],
          },
        },
        ["raw will be published at directory:a.", "qcow2 will be published at directory:a."],
      ],
      [
        "an artifact that refresh found missing",
        { old: { missing: [{ format: "raw", target: "directory:a" }] } },
        ["raw is missing or altered at directory:a."],
      ],
      [
        "another order of formats",
        { spec: { formats: ["qcow2", "raw"] } },
        ["The order of the formats or targets changed."],
      ],
      [
        "artifacts of another install",
        { old: { contentDigest: digest("e") } },
        ["raw will be published at directory:a.", "qcow2 will be published at directory:a."],
      ],
    ];
    for (const [what, given, reasons] of updating) {
      it(`updates for ${what}`, () => {
        assert.deepEqual(difference(pin, given), { changes: true, replaces: [], reasons });
      });
    }

    it("keeps artifacts of another encoder", () => {
      const raw = publicationAt("directory:a", "raw");
      assert.deepEqual(
        difference(pin, { spec: { formats: ["raw"] }, old: { artifacts: [raw] } }),
        none,
      );
    });
  });
}

describe("diffImage of another installer", () => {
  it("replaces for another hash, and names both", () => {
    const { replaces, reasons } = difference("pinned", {
      found: { installer: { sha256: digest("b") } },
    });
    assert.deepEqual(replaces, ["installer"]);
    assert.match(reasons[0] ?? "", /SHA-256 cccccccccccc then, bbbbbbbbbbbb now/);
  });

  it("replaces for another validator, and names both", () => {
    const { replaces, reasons } = difference("unpinned", {
      found: { installer: { validator: 'etag "2"' } },
    });
    assert.deepEqual(replaces, ["installer"]);
    assert.match(reasons[0] ?? "", /behind the URL changed \(etag "1" then, etag "2" now\)/);
  });

  it("replaces for another URL", () => {
    const { replaces } = difference("unpinned", {
      spec: { installer: { url: "https://h/b.iso" } },
    });
    assert.equal(replaces.length, 1);
  });

  it("keeps an unpinned image when its installer is pinned to the same hash", () => {
    const spec = { installer: { url: "https://h/a.iso", sha256: digest("c") } };
    const pinned = resolvedOf(spec, undefined, { sha256: digest("c") });
    const old = { installKey: pinned.installKey ?? "" };
    assert.deepEqual(
      difference("unpinned", { spec, found: { installer: { sha256: digest("c") } }, old }),
      none,
    );
  });

  it("replaces when a pin is removed, because there is no former validator", () => {
    const { reasons } = difference("pinned", { found: { installer: { validator } } });
    assert.match(reasons[0] ?? "", /\(pinned before then, etag "1" now\)/);
  });

  it("compares the disk size with that in the outputs", () => {
    const { replaces } = difference("pinned", {
      found: { userDataDigest: digest("b") },
      old: { virtualSizeBytes: GiB },
    });
    assert.deepEqual(replaces, ["machine"]);
  });
});

describe("diffImage of an adopted image", () => {
  const old = stateWith([
    publicationAt("directory:a", "raw"),
    publicationAt("directory:a", "qcow2"),
  ]);
  const adopted = (adopt: string) => {
    const spec = specOf({ adopt, machine: { firmware: "uefi" } });
    const facts = { recipe: "1", userDataDigest: digest("a"), installer: {} };
    return diffImage(spec, { ...facts, ...keysOf(spec, facts) }, old);
  };

  it("reports no change for the same image, whatever the other inputs", () =>
    assert.deepEqual(adopted(old.installKey), none));

  it("replaces for another image", () => {
    const { replaces, reasons } = adopted(digest("9"));
    assert.deepEqual(replaces, ["adopt"]);
    assert.match(reasons[0] ?? "", /Another image is adopted \(999999999999\)/);
  });
});
