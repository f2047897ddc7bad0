import assert from "node:assert/strict";
import { machineOf } from "../../../provider/agent/machine-of";
import { GiB } from "../../../provider/base/size";
import { buildFor } from "./samples";

describe("machineOf", () => {
  const build = buildFor({ folder: "/nowhere", targets: [] });
  const secure = { ...build.plan.machine, firmware: "uefi", secureBoot: true } as const;
  const given = { ...build, plan: { ...build.plan, machine: secure } };

  it("has the firmware and the disk size of the image, and the rest of the plan's machine", () => {
    const { machine } = machineOf(build, { firmware: "uefi", virtualSizeBytes: 7 * GiB }).plan;
    assert.deepEqual(machine, { ...build.plan.machine, firmware: "uefi", diskSize: 7 * GiB });
  });
  it("has no Secure Boot with a BIOS", () => {
    const { machine } = machineOf(given, { firmware: "bios", virtualSizeBytes: GiB }).plan;
    assert.deepEqual([machine.firmware, machine.secureBoot], ["bios", false]);
    const uefi = machineOf(given, { firmware: "uefi", virtualSizeBytes: GiB }).plan;
    assert.equal(uefi.machine.secureBoot, true);
  });
});
