import assert from "node:assert/strict";
import { seedFiles } from "../../../../provider/plan/user-data/seed-files";
import { renderUserData } from "../../../../provider/plan/user-data/write-yaml";
import { documentOf } from "./generated";

describe("seedFiles", () => {
  it("are the user-data and an empty meta-data", () => {
    const document = documentOf({});
    assert.deepEqual(seedFiles(document), {
      "user-data": renderUserData(document),
      "meta-data": "",
    });
  });
});
