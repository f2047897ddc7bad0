import assert from "node:assert/strict";
import { run } from "../../../../provider/system/process/run";
import { onToolStart } from "../../../../provider/system/process/started-tools";

describe("tools that are started", () => {
  it("are told as they would be typed, until nobody wants to know any more", async () => {
    const told: string[] = [];
    const end = onToolStart((command) => told.push(command));
    const options = { signal: new AbortController().signal, code: "internal" } as const;
    await run("printf", ["%s", "a b", "it's", "", "$HOME", "--x=1,y:2"], options);
    end();
    await run("true", [], options);
    assert.deepEqual(told, [`printf %s 'a b' 'it'\\''s' '' '$HOME' --x=1,y:2`]);
  });

  it("are told without arguments that may hold a secret", async () => {
    const told: string[] = [];
    const end = onToolStart((command) => told.push(command));
    const options = { signal: new AbortController().signal, code: "internal" } as const;
    await run("true", ["--client-secret=planted"], { ...options, arguments: "secret" });
    end();
    assert.deepEqual(told, ["true ..."]);
  });
});
