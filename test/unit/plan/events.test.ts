import assert from "node:assert/strict";
import { stagesOf } from "../../../provider/plan/events";
import type { FormatSpec } from "../../../provider/schema/formats";
import { buildFor } from "../agent/samples";

describe("the stages of a plan", () => {
  const { plan } = buildFor({ folder: "/nowhere", targets: [], events: [] });
  const stages = (formats: readonly string[], boot: boolean): string => {
    const chosen = formats.map((type) => ({ ...plan.formats[0], type }) as FormatSpec);
    return stagesOf({ ...plan, formats: chosen, verify: { ...plan.verify, boot } }).join(" ");
  };
  const installs = "fetch inspect seed install";

  it("install and verify a disk", () =>
    assert.equal(stages(["qcow2", "iso"], true), `${installs} verify convert publish`));
  it("omit the verification if it is switched off", () =>
    assert.equal(stages(["raw"], false), `${installs} convert publish`));
  it("have no install for an ISO alone", () =>
    assert.equal(stages(["iso"], true), "fetch convert publish"));
});
