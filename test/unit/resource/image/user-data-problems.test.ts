import assert from "node:assert/strict";
import { withUserDataProblems } from "../../../../provider/resource/image/user-data-problems";
import { parseImageSpec, parseSpec, unknownValue } from "../../../../provider/schema/parse";
import { siteSeedSchema } from "../../../../provider/schema/site-seed";

const right = {
  installer: { path: "a.iso" },
  publishTo: [{ type: "directory", path: "/images" }],
};
const wrong = { ...right, machine: { diskSize: "1zz" } };

function pathsOf(inputs: Readonly<Record<string, unknown>>): string[] {
  const parsed = withUserDataProblems(parseImageSpec(inputs), inputs, "image");
  return parsed.state === "invalid" ? parsed.problems.map(({ path }) => path) : [];
}

describe("problems of the user-data", () => {
  const palette = { endpoint: "api.example.com" };

  it("are reported with those of other inputs", () => {
    assert.deepEqual(pathsOf({ ...wrong, palette }), ["machine.diskSize", "palette.edgeHostToken"]);
    assert.deepEqual(pathsOf({ ...wrong, palette, users: [{ name: "ops" }] }), [
      "users[0]",
      "machine.diskSize",
      "palette.edgeHostToken",
    ]);
    assert.deepEqual(pathsOf({ ...wrong, userData: "stages: [" }), [
      "machine.diskSize",
      "userData",
    ]);
  });

  it("include partitions that do not fit the disk, with the other problems", () => {
    const install = { partitions: { persistent: { size: 50_000, fs: "ext4" } } };
    const problem = "userData.install.partitions";
    const small = { ...right, users: [{ name: "ops" }], userData: { install } };
    assert.deepEqual(pathsOf({ ...small, machine: { diskSize: "40GiB" } }), ["users[0]", problem]);
    assert.deepEqual(pathsOf({ ...small, machine: { diskSize: "60GiB" } }), ["users[0]"]);
    assert.deepEqual(pathsOf(small), ["users[0]"]);
  });

  it("are not reported if the user-data is valid", () => {
    const userData = { stylus: { site: { edgeHostToken: "a token" } } };
    assert.deepEqual(pathsOf({ ...wrong, palette, userData }), ["machine.diskSize"]);
  });

  it("are not reported while an input is unknown or invalid", () => {
    for (const userData of [unknownValue, { stylus: unknownValue }, 3]) {
      assert.ok(!pathsOf({ ...wrong, palette, userData }).includes("palette.edgeHostToken"));
    }
    assert.deepEqual(pathsOf({ ...wrong, palette: { endpoint: 3 } }), [
      "palette.endpoint",
      "machine.diskSize",
    ]);
  });

  it("are not checked if all inputs are valid, because resolving the image checks them", () => {
    assert.deepEqual(pathsOf({ ...right, palette }), []);
  });

  it("are those of a site for a seed", () => {
    const inputs = { publishTo: [], palette: { name: "store-7" }, userData: "stages: [" };
    const parsed = withUserDataProblems(parseSpec(siteSeedSchema, inputs), inputs, "site");
    assert.deepEqual(parsed.state === "invalid" && parsed.problems.map(({ path }) => path), [
      "publishTo",
      "userData",
    ]);
  });
});
