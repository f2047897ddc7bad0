import assert from "node:assert/strict";
import { openAll } from "../../../../provider/resource/image/target-pool";
import { targetSchema } from "../../../../provider/schema/targets/target";

const bucket = (more: object = {}) => targetSchema.parse({ type: "s3", bucket: "images", ...more });
const options = { rootDirectory: "/project", cacheDirectory: "/cache" };

describe("openAll", () => {
  it("opens one client for all images of a target", () => {
    const [first] = openAll([bucket()], options);
    const [second] = openAll([bucket()], options);
    assert.equal(first, second);
  });

  for (const [what, spec, given] of [
    ["another prefix", bucket({ prefix: "p" }), options],
    ["other credentials", bucket({ accessKeyId: "a", secretAccessKey: "b" }), options],
    ["another project", bucket(), { ...options, rootDirectory: "/other" }],
  ] as const) {
    it(`opens another one for ${what}`, () => {
      assert.notEqual(openAll([spec], given)[0], openAll([bucket()], options)[0]);
    });
  }
});
