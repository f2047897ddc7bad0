import assert from "node:assert/strict";
import { run } from "../../../../provider/system/process/run";
import { onToolStart } from "../../../../provider/system/process/started-tools";

describe("onToolStart", () => {
  it("reports each command as it would be typed, until it is unsubscribed", async () => {
    const told: string[] = [];
    const end = onToolStart((command) => told.push(command));
    const options = { signal: new AbortController().signal, code: "internal" } as const;
    await run("printf", ["%s", "a b", "it's", "", "$HOME", "--x=1,y:2"], options);
    end();
    await run("true", [], options);
    assert.deepEqual(told, [`printf %s 'a b' 'it'\\''s' '' '$HOME' --x=1,y:2`]);
  });

  it("reports no arguments that may hold a secret", async () => {
    const told: string[] = [];
    const end = onToolStart((command) => told.push(command));
    const options = { signal: new AbortController().signal, code: "internal" } as const;
    await run("true", ["--client-secret=planted"], { ...options, arguments: "secret" });
    end();
    assert.deepEqual(told, ["true ..."]);
  });
});
