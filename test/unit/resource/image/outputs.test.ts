import assert from "node:assert/strict";
import { readOutputs } from "../../../../provider/resource/image/outputs";
import { StylusError } from "../../../../provider/base/errors";
import { schemaVersion } from "../../../../provider/schema/state";
import { stateWith } from "../../agent/samples";

const outputs = { ...stateWith([]), publishTo: [{ type: "directory", path: "a" }] };

describe("readOutputs", () => {
  it("parses its own schema version and earlier ones", () => {
    for (let version = 1; version <= schemaVersion; version++) {
      const read = readOutputs({ ...outputs, schemaVersion: version });
      assert.equal(read.installKey, outputs.installKey);
    }
  });

  it("rejects a newer version, and says what to install", () => {
    for (const state of [outputs, { something: "new" }]) {
      assert.throws(
        () => readOutputs({ ...state, schemaVersion: schemaVersion + 1 }),
        (error) => {
          assert.ok(error instanceof StylusError);
          assert.equal(error.code, "record.unreadable");
          assert.match(error.message, /schema version 2; .* up to 1\. .*Install that version/);
          return true;
        },
      );
    }
  });
});
