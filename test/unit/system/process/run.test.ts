import assert from "node:assert/strict";
import { toolError } from "../../../../provider/system/process/run";

const failed = { exitCode: 1, signal: undefined, stderr: "", failure: undefined };
const options = { code: "convert.failed", next: undefined } as const;

describe("toolError", () => {
  const cases: readonly [string, Partial<typeof failed>, string][] = [
    ["an exit code", { exitCode: 2 }, "convert.failed"],
    ["a full disk", { stderr: "qemu-img: error: No space left on device" }, "host.disk-full"],
    ["an exhausted quota", { stderr: "cp: Disk quota exceeded" }, "host.disk-full"],
    ["a word that only resembles a full disk", { stderr: "MY_ENOSPCX" }, "convert.failed"],
    ["a program that is not there", { exitCode: 127 }, "host.tool-missing"],
    ["a program that may not be run", { exitCode: 126 }, "host.tool-missing"],
  ];
  for (const [name, end, code] of cases) {
    it(`is ${code} for ${name}`, () => {
      assert.equal(toolError("/usr/bin/tool", { ...failed, ...end }, options).code, code);
    });
  }

  it("has the caller's next step", () => {
    const error = toolError("tool", failed, { code: "internal", next: "Do this." });
    assert.match(error.message, /Do this\./);
  });
});
