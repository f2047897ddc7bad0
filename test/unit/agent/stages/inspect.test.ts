import assert from "node:assert/strict";
import { requireReader } from "../../../../provider/agent/stages/inspect";

describe("user-data of an installer whose kind was not given", () => {
  it("is refused if cloud-init would ignore a part of it", () => {
    assert.throws(() => requireReader("generic", { stages: {}, install: {} }), {
      code: "user-data.refused",
      message: /not a Kairos one.*`installer\.kind` to "generic"/,
    });
  });

  it("is accepted by a Kairos installer, and without stages by any other", () => {
    requireReader("kairos", { stages: {} });
    requireReader("generic", { install: {}, hostname: "a" });
  });
});
