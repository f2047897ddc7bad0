import assert from "node:assert/strict";
import { propertyChanges } from "../../../../provider/resource/image/property-changes";

describe("changed properties", () => {
  it("are found by keys with the name of a member that every object inherits", () => {
    for (const key of ["constructor", "valueOf", "hasOwnProperty"]) {
      const change = { path: `userData.${key}`, kind: "add" };
      const now = { userData: { a: 1, [key]: { b: 2 } } };
      assert.deepEqual(propertyChanges({ userData: { a: 1 } }, now), [change], key);
    }
  });
});
