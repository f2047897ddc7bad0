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

  it("are told with those of the rest", () => {
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

  it("are none where its own parts are right", () => {
    const userData = { stylus: { site: { edgeHostToken: "a token" } } };
    assert.deepEqual(pathsOf({ ...wrong, palette, userData }), ["machine.diskSize"]);
  });

  it("wait until they can be told for certain", () => {
    for (const userData of [unknownValue, { stylus: unknownValue }, 3]) {
      assert.ok(!pathsOf({ ...wrong, palette, userData }).includes("palette.edgeHostToken"));
    }
    assert.deepEqual(pathsOf({ ...wrong, palette: { endpoint: 3 } }), [
      "palette.endpoint",
      "machine.diskSize",
    ]);
  });

  it("are not looked for where nothing is wrong: resolving the image finds them", () => {
    assert.deepEqual(pathsOf({ ...right, palette }), []);
  });

  it("are those of a site in a seed", () => {
    const inputs = { publishTo: [], palette: { name: "store-7" }, userData: "stages: [" };
    const parsed = withUserDataProblems(parseSpec(siteSeedSchema, inputs), inputs, "site");
    assert.deepEqual(parsed.state === "invalid" && parsed.problems.map(({ path }) => path), [
      "publishTo",
      "userData",
    ]);
  });
});
