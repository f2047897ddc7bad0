import assert from "node:assert/strict";
import { execa } from "execa";
import { renderUserData } from "../../../../provider/plan/user-data/write-yaml";
import { awkwardDocument } from "../../../unit/plan/user-data/samples";

// PyYAML implements all of YAML 1.1; Debian's package is python3-yaml.
const reader = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)";

describe("renderUserData", () => {
  it("is read unchanged by PyYAML, a reader of YAML 1.1", async () => {
    const { stdout } = await execa("python3", ["-c", reader], {
      input: renderUserData(awkwardDocument),
    });
    assert.deepEqual(JSON.parse(stdout), awkwardDocument);
  });
});
