import assert from "node:assert/strict";
import {
  bundlePieces,
  configurationLocation,
  isoOptions,
  isoUserData,
  pinBundles,
} from "../../../../provider/plan/iso/layout";
import { isoArguments, isoEnvironment } from "../../../../provider/plan/iso/xorriso-arguments";
import { formatSchema, type FormatOf } from "../../../../provider/schema/formats";

const iso = (options: object = {}): FormatOf<"iso"> => {
  const format = formatSchema.parse({ type: "iso", ...options });
  assert.ok(format.type === "iso");
  return format;
};
const digest = (letter: string): string => letter.repeat(64);

describe("isoUserData", () => {
  const userData = {
    install: { auto: true, device: "/dev/vda", poweroff: true, reboot: false },
    stylus: { debug: true },
  };

  it("by default powers off, ejects and uses the largest disk", () => {
    assert.deepEqual(isoUserData(userData, iso(), "kairos"), {
      install: { auto: true, device: "auto", poweroff: true, reboot: false },
      stylus: { debug: true },
      "eject-cd": true,
    });
  });
  it("reboots, keeps the CD and uses the given disk if the options say so", () => {
    const format = iso({ afterInstall: "reboot", eject: false, device: "/dev/nvme0n1" });
    assert.deepEqual(isoUserData(userData, format, "kairos"), {
      install: { auto: true, device: "/dev/nvme0n1", poweroff: false, reboot: true },
      stylus: { debug: true },
    });
  });
  it("gives Palette's installer a disk only if the options name one", () => {
    const palette = { install: { poweroff: true, reboot: false } };
    assert.deepEqual(isoUserData(palette, iso(), "kairos")["install"], palette.install);
    assert.deepEqual(isoUserData(palette, iso({ device: "/dev/sdb" }), "kairos")["install"], {
      ...palette.install,
      device: "/dev/sdb",
    });
  });
});

describe("configurationLocation", () => {
  it("is a file of its own where the installer carries no configuration", () => {
    const expected = { path: "/config.yaml", replaces: false, leftovers: [] };
    assert.deepEqual(configurationLocation([]), expected);
  });
  it("is the one that the installer reads last, and the others are left over", () => {
    const existing = ["/files-iso/config.yaml", "/a/userdata", "/config.yaml"];
    assert.deepEqual(configurationLocation(existing), {
      path: "/files-iso/config.yaml",
      replaces: true,
      leftovers: ["/a/userdata", "/config.yaml"],
    });
  });
});

describe("configurationPlace among folders", () => {
  it("goes by the order of a walk: a folder before the one that only begins like it", () => {
    assert.equal(configurationLocation(["/a-b/x.yaml", "/a/x.yaml"]).path, "/a-b/x.yaml");
    assert.equal(configurationLocation(["/a.yaml", "/a/x.yaml"]).path, "/a.yaml");
  });
  it("ignores files that the installer does not read", () => {
    const expected = { path: "/config.yaml", replaces: false, leftovers: [] };
    assert.deepEqual(configurationLocation(["/z/CONFIG.YAML", "/z/x.Yml"]), expected);
  });
});

describe("bundlePieces", () => {
  const folder = "/opt/spectrocloud/content";
  it("names a small bundle like Palette's own builder", () => {
    assert.deepEqual(bundlePieces("x/core.tar.zst", 5), [
      { path: `${folder}/core.tar.zst_part00`, from: 0, length: 5 },
    ]);
  });
  it("cuts at exactly 3 GB", () => {
    const size = 6_000_000_001;
    assert.deepEqual(bundlePieces("core.tar.zst", size), [
      { path: `${folder}/core.tar.zst_part00`, from: 0, length: 3_000_000_000 },
      { path: `${folder}/core.tar.zst_part01`, from: 3_000_000_000, length: 3_000_000_000 },
      { path: `${folder}/core.tar.zst_part02`, from: 6_000_000_000, length: 1 },
    ]);
    assert.equal(bundlePieces("core.tar.zst", 3_000_000_000).length, 1);
  });
});

describe("bundles in a format", () => {
  it("are pinned by the computed hash, unless the user pinned them", () => {
    const own = { path: "b.zst", sha256: digest("b") };
    const [raw, pinned] = pinBundles(
      [formatSchema.parse("raw"), iso({ contentBundles: ["a.zst", own, "c.zst"] })],
      { "a.zst": digest("a"), "b.zst": digest("0") },
    );
    assert.equal(raw?.type, "raw");
    assert.ok(pinned?.type === "iso");
    const expected = [{ path: "a.zst", sha256: digest("a") }, own, { path: "c.zst" }];
    assert.deepEqual(pinned.contentBundles, expected);
  });
  it("affect the bytes by name and content", () => {
    const contentBundles = [{ path: "x/a.zst", sha256: digest("a") }];
    const expected = [{ name: "a.zst", sha256: digest("a") }];
    assert.deepEqual(isoOptions(iso({ contentBundles }))["contentBundles"], expected);
  });
  for (const [what, options, said] of [
    [
      "a second one of the same name",
      { contentBundles: ["a/x.zst", "b/x.zst"] },
      /a second .*x\.zst/,
    ],
    ["a folder", { contentBundles: ["content/"] }, /must be a content bundle/],
    ["a disk that is no path", { device: "sda" }, /must be .*auto.* or a path/],
    ["an unknown option", { bundle: "a.zst" }, /bundle/],
  ] as const) {
    it(`are refused: ${what}`, () => assert.throws(() => iso(options), said));
  }
});

describe("isoArguments", () => {
  const contents = {
    installer: "/i/a.iso",
    output: "/o/b.iso",
    configuration: {
      file: "/o/b.iso.user-data",
      place: { path: "/files-iso/config.yaml", replaces: true, leftovers: [] },
    },
    pieces: [],
    modified: "2024010203040599",
  };
  const has = (argv: readonly string[], ...words: string[]): boolean =>
    argv.some((_, at) => words.every((word, index) => argv[at + index] === word));

  it("write the installer's tree to a new file, with new boot records", () => {
    const argv = isoArguments(contents);
    assert.ok(has(argv, "-indev", "stdio:/i/a.iso", "-outdev", "stdio:/o/b.iso"));
    assert.deepEqual(argv.slice(-3), ["-boot_image", "any", "replay"]);
    assert.ok(has(argv, "-map", "/o/b.iso.user-data", "/files-iso/config.yaml"));
  });
  it("never interpret a name as a pattern", () => {
    assert.ok(has(isoArguments(contents), "-iso_rr_pattern", "off"));
  });
  it("make the configuration readable by root only", () => {
    assert.ok(has(isoArguments(contents), "-chmod", "0600", "/files-iso/config.yaml", "--"));
  });
  it("cut pieces out of a bundle, and give them and their folders the same owner and time", () => {
    const piece = { path: "/opt/c/x_part01", from: 7, length: 3, file: "/x" };
    const argv = isoArguments({ ...contents, pieces: [piece] });
    assert.ok(has(argv, "-cut_out", "/x", "7", "3", "/opt/c/x_part01"));
    const added = ["/files-iso/config.yaml", "/opt/c/x_part01", "/opt", "/opt/c", "--"];
    assert.ok(has(argv, "-chown", "0", ...added));
    assert.ok(has(argv, "-alter_date", "b", "=1704164645", ...added));
  });
  it("use the installer's time for every time stamp, so that the same inputs give the same bytes", () => {
    assert.ok(has(isoArguments(contents), "-volume_date", "uuid", "2024010203040599"));
    assert.deepEqual(isoEnvironment(contents), { SOURCE_DATE_EPOCH: "1704164645" });
    const none = isoEnvironment({ modified: "0000000000000000" });
    assert.deepEqual(none, { SOURCE_DATE_EPOCH: "978307200" });
  });
});
