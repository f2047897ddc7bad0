import assert from "node:assert/strict";
import type { InputProblem } from "../../../provider/base/errors";
import { StylusError } from "../../../provider/base/errors";
import {
  formatPath,
  parseImageSpec,
  requireImageSpec,
  unknownValue,
} from "../../../provider/schema/parse";

const good = { installer: "a.iso", publishTo: [{ type: "directory", path: "images" }] };

function problemsOf(inputs: Readonly<Record<string, unknown>>): readonly InputProblem[] {
  const parsed = parseImageSpec(inputs);
  return parsed.state === "invalid" ? parsed.problems : [];
}

describe("parseImageSpec", () => {
  it("reports every problem at once, each with its property path", () => {
    const problems = problemsOf({
      installer: { url: "ftp://x", sha256: "12" },
      palette: { projectUid: 7 },
      users: [{ name: "Root", password: "" }],
      machine: { firmware: "efi", cpus: 0, diskSize: "big", colour: "red" },
      formats: [{ type: "qcow2", compression: "lz4" }, "vdi"],
      publishTo: [{ type: "s3" }, { type: "directory", path: "x", formats: [] }],
      verify: { expect: "(" },
      timeouts: { install: 0 },
      recipe: "1",
      nonsense: true,
    });
    assert.deepEqual(problems.map(({ path }) => path).sort(), [
      "formats[0].compression",
      "formats[1].type",
      "installer.sha256",
      "installer.url",
      "machine.colour",
      "machine.cpus",
      "machine.diskSize",
      "machine.firmware",
      "nonsense",
      "palette.endpoint",
      "palette.projectUid",
      "publishTo[0].bucket",
      "publishTo[1].formats",
      "recipe",
      "timeouts.install",
      "users[0].name",
      "users[0].password",
      "verify.expect",
    ]);
    for (const { path, reason } of problems) {
      assert.doesNotMatch(reason, /^Invalid input$/, `${path} is told no reason`);
    }
  });

  const told: readonly (readonly [string, object, string, RegExp])[] = [
    [
      "is required where it is missing",
      { installer: undefined },
      "installer",
      /^is required, unless `adopt` names an existing image$/,
    ],
    [
      "is required where a member is missing",
      { publishTo: [{ type: "s3" }] },
      "publishTo[0].bucket",
      /^is required$/,
    ],
    [
      "is of the wrong type where it is not missing",
      { publishTo: 7 },
      "publishTo",
      /expected array, received number/,
    ],
    [
      "is of the wrong type inside a list",
      { publishTo: ["images"] },
      "publishTo[0]",
      /expected object, received string/,
    ],
    [
      "is of the wrong type where it is null",
      { palette: null },
      "palette",
      /expected object, received null/,
    ],
    [
      "is not text for a number",
      { machine: { cpus: "4" } },
      "machine.cpus",
      /expected number, received string/,
    ],
    ["is not a whole number", { machine: { cpus: 2.5 } }, "machine.cpus", /expected int/],
    ["is neither text nor an object", { userData: 5 }, "userData", /^must be text or an object$/],
    ["is no size", { machine: { memory: true } }, "machine.memory", /^must be a number of bytes/],
    [
      "is not a known property",
      { machine: { cpu: 4 } },
      "machine.cpu",
      /^is not a known property$/,
    ],
    [
      "is not a known property at the top",
      { formates: [] },
      "formates",
      /^is not a known property$/,
    ],
    [
      "names the formats that there are",
      { formats: ["vdi"] },
      "formats[0].type",
      /'raw' \| 'qcow2'/,
    ],
    [
      "names the targets that there are",
      { publishTo: [{ type: "gcs" }] },
      "publishTo[0].type",
      /'directory' \| 's3' \| 'http' \| 'oci'/,
    ],
  ];
  for (const [rule, change, path, reason] of told) {
    it(`says of a value that it ${rule}`, () => {
      const problems = problemsOf({ ...good, ...change });
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.reason ?? "", reason);
    });
  }

  it("never repeats a secret in a reason", () => {
    const secret = "s3cr3t-value";
    const problems = problemsOf({
      ...good,
      installer: { url: "https://x/a.iso", headers: { authorization: [secret] } },
      palette: { endpoint: "x", edgeHostToken: [secret] },
      users: [{ name: "a", passwordHash: secret, password: { it: secret } }],
      publishTo: [{ type: "s3", bucket: "b", secretAccessKey: [secret], sessionToken: { secret } }],
    });
    assert.ok(problems.length >= 5);
    assert.doesNotMatch(JSON.stringify(problems), new RegExp(secret));
  });

  for (const hidden of ["selfUrn", "known", "resolved", "__provider"]) {
    it(`takes no notice of the hidden input ${hidden}`, () => {
      assert.equal(parseImageSpec({ ...good, [hidden]: { anything: 1 } }).state, "valid");
    });
  }

  it("treats undefined as not given", () => {
    const parsed = parseImageSpec({
      ...good,
      palette: undefined,
      machine: { cpus: undefined },
      nonsense: undefined,
    });
    assert.equal(parsed.state, "valid");
  });

  describe("with values that are unknown until up", () => {
    const unknowns: readonly (readonly [string, object])[] = [
      ["a whole property", { publishTo: unknownValue }],
      ["the installer", { installer: unknownValue }],
      ["text", { palette: { endpoint: unknownValue } }],
      ["a number", { machine: { cpus: unknownValue } }],
      ["a size", { machine: { diskSize: unknownValue } }],
      ["a choice", { machine: { firmware: unknownValue } }],
      ["a discriminator", { publishTo: [{ type: unknownValue }] }],
      ["an item of a list", { formats: [unknownValue] }],
      ["one of two that exclude each other", { installer: { url: unknownValue, path: "a.iso" } }],
      ["a trigger, which may be anything", { triggers: [{ deep: [unknownValue] }] }],
      ["user-data, which may be anything", { userData: { stages: { boot: [unknownValue] } } }],
    ];
    for (const [rule, change] of unknowns) {
      it(`has no problem with ${rule}`, () => {
        assert.deepEqual(parseImageSpec({ ...good, ...change }), { state: "unknown" });
      });
    }

    it("still reports problems that do not depend on them", () => {
      const problems = problemsOf({
        ...good,
        palette: { endpoint: unknownValue },
        machine: { cpus: unknownValue, firmware: "efi", colour: "red" },
        nonsense: 1,
      });
      assert.deepEqual(problems.map(({ path }) => path).sort(), [
        "machine.colour",
        "machine.firmware",
        "nonsense",
      ]);
    });
  });
});

describe("requireImageSpec", () => {
  const refused = (inputs: object, text: RegExp) =>
    assert.throws(
      () => requireImageSpec({ ...inputs }),
      (error) =>
        error instanceof StylusError && error.code === "input.invalid" && text.test(error.message),
    );

  it("is the spec of a valid input", () =>
    assert.equal(requireImageSpec(good).machine.firmware, "bios"));
  it("counts several problems", () =>
    refused(
      {},
      /^The input has 2 problems\. Correct the listed inputs\. \[input\.invalid\]\n {2}publishTo: is required\n {2}installer: is required, unless `adopt` names an existing image$/,
    ));
  it("reports a single problem in the singular", () =>
    refused({ installer: "a.iso" }, /^The input has a problem\./));
  it("refuses values that are not known yet", () =>
    refused({ ...good, recipe: unknownValue }, /holds values that are not known yet/));
});

describe("formatPath", () => {
  for (const [path, text] of [
    [[], ""],
    [["machine", "diskSize"], "machine.diskSize"],
    [["publishTo", 0, "bucket"], "publishTo[0].bucket"],
    [[1, "a"], "[1].a"],
  ] as const) {
    it(`writes ${JSON.stringify(path)} as "${text}"`, () => assert.equal(formatPath(path), text));
  }
});
