import assert from "node:assert/strict";
import { findRecipe, latestRecipe } from "../../../provider/plan/recipe";

describe("recipes", () => {
  // A published recipe is never edited: existing images would no longer match their keys.
  it("keeps recipe 1 as it was published", () => {
    assert.deepEqual(findRecipe("1"), {
      version: "1",
      machineType: "pc-q35-6.2",
      cdBus: "ahci",
      diskBus: "virtio-blk-pci",
      nic: "virtio-net-pci",
    });
  });
  it("knows the latest one", () => assert.equal(findRecipe(latestRecipe)?.version, latestRecipe));
  for (const version of ["0", "999", "", "toString", "__proto__", "constructor"]) {
    it(`does not know "${version}"`, () => assert.equal(findRecipe(version), undefined));
  }
});
