import assert from "node:assert/strict";
import { maximumCpus, oneCpuReason } from "../../../../provider/system/host/smm";

describe("maximumCpus", () => {
  const old = { accelerator: "tcg", needsSmm: true, qemuVersion: "6.2.0" } as const;
  it("is 1 for Secure Boot under TCG of an old QEMU, and says why", () => {
    assert.equal(maximumCpus(old), 1);
    assert.match(
      oneCpuReason("6.2.0"),
      /gets 1 CPU: without KVM, QEMU 6\.2\.0 hangs.*; 7\.2 and 8\.2 did not/,
    );
  });

  const sound = [{ accelerator: "kvm" }, { needsSmm: false }, { qemuVersion: "7.2.22" }] as const;
  for (const change of sound) {
    it(`is unlimited with ${JSON.stringify(change)}`, () =>
      assert.equal(maximumCpus({ ...old, ...change }), Infinity));
  }
});
