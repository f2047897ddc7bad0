import assert from "node:assert/strict";
import { describeFailure, exitCodeOf } from "../../../../provider/cli/terminal/failure";
import { optionFor, withOptionNames } from "../../../../provider/cli/input/option-names";
import { imageOptions } from "../../../../provider/cli/options/image";
import { BuildFailure } from "../../../../provider/hosts/host";
import { errorCodes, StylusError } from "../../../../provider/base/errors";

describe("option names", () => {
  const paths: readonly (readonly [string, string | undefined])[] = [
    ["installer", "--installer"],
    ["installer.sha256", "--sha256"],
    ["machine.diskSize", "--disk-size"],
    ["formats[1]", "--format"],
    ["formats[1].compression", "--format-option"],
    ["publishTo[0].endpoint", "--s3-endpoint"],
    ["publishTo[0].bucket", "--to"],
    ["publishTo[0].url", "--to"],
    ["publishTo[0].repository", "--to"],
    ["publishTo[0].tag", "--oci-tag"],
    ["publishTo[0].plainHttp", "--oci-plain-http"],
    ["publishTo[0].uploadProxyCaFile", "--cdi-upload-proxy-ca-file"],
    ["publishTo[0].kubeconfig", "--cdi-kubeconfig"],
    ["publishTo[0].deploy.cluster", "--vsphere-deploy"],
    ["publishTo[0].headers.Authorization", "--to-header"],
    ["users[0].password", "--password-file"],
    ["users[0]", "--user"],
    ["timeouts.install", "--timeout"],
    ["userData.stages.boot[0]", "--user-data"],
    ["recipe", undefined],
  ];
  for (const [path, option] of paths) {
    it(`${path} is set by ${option ?? "no option"}`, () => assert.equal(optionFor(path), option));
  }

  it("are names of existing options", () => {
    const known = imageOptions().map(({ long }) => long);
    for (const [, option] of paths) assert.ok(option === undefined || known.includes(option));
  });

  it("are added to a problem's path", () => {
    const problems = [{ path: "machine.diskSize", reason: "is no size" }];
    const error = new StylusError("input.invalid", { what: "A.", next: "B.", problems });
    assert.match(withOptionNames(error).message, /--disk-size \(machine\.diskSize\): is no size/);
  });

  it("are added to the properties that a sentence names, and to nothing else", () => {
    const error = new StylusError("installer.no-validator", {
      what: "The file `a.iso` has none.",
      next: 'Pin it with `installer.sha256`, or set `machine.firmware: "bios"`.',
    });
    const { what, next } = withOptionNames(error).details;
    assert.equal(what, "The file `a.iso` has none.");
    assert.equal(
      next,
      'Pin it with `installer.sha256` (`--sha256`), or set `machine.firmware: "bios"` (`--firmware`).',
    );
  });
});

describe("exit codes", () => {
  const expected = { "input.invalid": 2, "build.cancelled": 130 } as Record<string, number>;
  for (const code of errorCodes) {
    it(`${code} is ${expected[code] ?? 1}`, () => {
      const error = new StylusError(code, { what: "A.", next: "B." });
      assert.equal(exitCodeOf(error), expected[code] ?? 1);
      assert.equal(exitCodeOf(new BuildFailure(error, undefined)), expected[code] ?? 1);
    });
  }

  it("are 1 for an unexpected error, whose message is printed", () => {
    assert.equal(exitCodeOf(new Error("odd")), 1);
    assert.match(describeFailure(new Error("odd")), /odd.*\[internal\]/);
  });
});
