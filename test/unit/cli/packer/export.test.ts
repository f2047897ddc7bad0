import assert from "node:assert/strict";
import { splitFormatOptions } from "../../../../provider/cli/packer/format-options";
import { exportProblems, requirePortable } from "../../../../provider/cli/packer/problems";
import type { BuildRequest } from "../../../../provider/plan/plan";
import { formatSchema } from "../../../../provider/schema/formats";
import { StylusError } from "../../../../provider/base/errors";

const formats = (...given: readonly object[]) => given.map((it) => formatSchema.parse(it));

describe("splitFormatOptions", () => {
  it("returns the options that differ from their defaults", () => {
    const { formatOptions, secrets } = splitFormatOptions(
      formats(
        { type: "qcow2", compression: "zstd" },
        { type: "ova", cpus: 4, firmware: "uefi" },
        { type: "containerdisk", labels: { team: "edge", stage: "test" } },
        { type: "vmdk" },
      ),
    );
    assert.deepEqual(
      formatOptions.map(({ format, name, value }) => [format, name, value]),
      [
        ["qcow2", "compression", { text: "zstd" }],
        ["ova", "cpus", { text: "4" }],
        ["ova", "firmware", { text: "uefi" }],
        ["containerdisk", "labels.team", { text: "edge" }],
        ["containerdisk", "labels.stage", { text: "test" }],
      ],
    );
    assert.equal(secrets.size, 0);
  });

  it("keeps guest settings out of the template", () => {
    const extraConfig = { "guestinfo.userdata": "token-1", "guestinfo.b": "token-2" };
    const { formatOptions, secrets } = splitFormatOptions(formats({ type: "ova", extraConfig }));
    assert.deepEqual(
      formatOptions.map(({ name, value }) => [name, value]),
      [
        ["extraConfig.guestinfo.userdata", { file: "ova-setting-1" }],
        ["extraConfig.guestinfo.b", { file: "ova-setting-2" }],
      ],
    );
    assert.deepEqual([...secrets.values()], ["token-1", "token-2"]);
    assert.ok(!JSON.stringify(formatOptions).includes("token"));
  });
});

describe("what a template cannot express", () => {
  it("is reported at once", () => {
    const options = { installer: "a.iso", to: "x", header: ["A: b"], format: ["iso,qcow2"] };
    assert.deepEqual(
      exportProblems(options).map(({ path }) => path),
      ["--header", "--format"],
    );
    assert.deepEqual(exportProblems({ installer: "a.iso", to: "x" }), []);
  });

  const sha256 = "a".repeat(64);
  const path = (place: string) => ({ source: { type: "path", path: place }, sha256 }) as const;
  const url = (place: string) => ({ source: { type: "url", url: place }, sha256 }) as const;
  type Installer = Pick<BuildRequest["plan"]["installer"], "source" | "sha256">;
  const request = (installer: Installer, installerUrl?: string) =>
    ({ plan: { installer }, installerUrl }) as BuildRequest;

  it("accepts a path, and a URL without credentials", () => {
    const place = "/isos/Palette Edge.iso";
    assert.deepEqual(requirePortable(request(path(place))), { place, sha256 });
    const address = "https://example.com/a.iso";
    assert.deepEqual(requirePortable(request(url(address), address)), { place: address, sha256 });
  });

  const refused: readonly (readonly [string, BuildRequest, RegExp])[] = [
    ["a comma", request(path("/a,b.iso")), /--installer: contains a character/],
    ["a quote", request(path('/a"b.iso')), /--installer: contains a character/],
    ["an expression", request(path("/${a}.iso")), /--installer: contains a character/],
    ["a template", request(path("/{{a}}.iso")), /--installer: contains a character/],
    [
      "a signed address",
      request(url("https://example.com/a.iso"), "https://example.com/a.iso?sig=1"),
      /--installer: contains a user or a query/,
    ],
    [
      "an installer that nothing pins",
      request({ source: { type: "url", url: "https://example.com/a.iso" } }),
      /--sha256: is missing/,
    ],
  ];
  for (const [what, given, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => requirePortable(given),
        (thrown) =>
          thrown instanceof StylusError &&
          thrown.code === "input.invalid" &&
          message.test(thrown.message) &&
          !thrown.message.includes("sig=1"),
      );
    });
  }
});
