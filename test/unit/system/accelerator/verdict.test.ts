import assert from "node:assert/strict";
import { bootSector } from "../../../../provider/system/accelerator/boot-sector";
import {
  isKvmFaster,
  isWorthRepeating,
  judgeDevice,
  judgeBenchmark,
  type BenchmarkRun,
  type Round,
} from "../../../../provider/system/accelerator/verdict";

const finished = (loopSeconds: number, totalSeconds = loopSeconds + 0.1): BenchmarkRun => ({
  outcome: "finished",
  loopSeconds,
  totalSeconds,
});
const hung: BenchmarkRun = { outcome: "timed-out", limitSeconds: 2, stderr: "" };
const aborted: BenchmarkRun = {
  outcome: "died",
  how: "was ended by SIGABRT",
  stderr:
    "qemu: warning: host doesn't support requested feature\nqemu: kvm_buf_set_msrs: Assertion `ret' failed.\n",
};

describe("judgeBenchmark", () => {
  const cases: readonly [string, readonly Round[], "kvm" | "tcg", RegExp][] = [
    [
      "KVM is faster",
      [{ kvm: finished(0.015), tcg: finished(0.2) }],
      "kvm",
      /took 15 ms and TCG 200 ms/,
    ],
    ["KVM is faster and TCG hangs", [{ kvm: finished(0.015), tcg: hung }], "kvm", /TCG ran none/],
    [
      "KVM's loop was held up, but it was through first",
      [{ kvm: finished(0.21, 0.3), tcg: finished(0.2, 0.5) }],
      "kvm",
      /proved itself/,
    ],
    [
      "KVM hung in a busy moment and won then",
      [{ kvm: hung }, { kvm: finished(0.02), tcg: finished(0.3) }],
      "kvm",
      /proved itself/,
    ],
    [
      "KVM is slower",
      [{ kvm: finished(1.2), tcg: finished(0.2) }],
      "tcg",
      /took 1200 ms, TCG's 200 ms/,
    ],
    ["KVM takes as long as TCG", [{ kvm: finished(0.2), tcg: finished(0.2) }], "tcg", /slower/],
    ["KVM hangs", [{ kvm: hung }, { kvm: hung }], "tcg", /did not end under it within 2 s/],
    [
      "QEMU aborts under KVM",
      [{ kvm: aborted }],
      "tcg",
      /was ended by SIGABRT \("qemu: kvm_buf_set_msrs: Assertion/,
    ],
    ["nothing was raced", [], "tcg", /was not tried/],
  ];
  for (const [name, rounds, accelerator, reason] of cases) {
    it(`chooses ${accelerator} if ${name}`, () => {
      const verdict = judgeBenchmark(rounds);
      assert.equal(verdict.accelerator, accelerator);
      assert.match(verdict.reason, reason);
    });
  }
});

describe("a round of the benchmark", () => {
  it("is repeated if KVM hung or was slower, not if it was faster or QEMU refused", () => {
    assert(isWorthRepeating({ kvm: hung }));
    assert(isWorthRepeating({ kvm: finished(0.3), tcg: finished(0.2) }));
    assert(!isWorthRepeating({ kvm: finished(0.1), tcg: finished(0.2) }));
    assert(!isWorthRepeating({ kvm: aborted }));
  });

  it("never counts for KVM if the run did not finish", () => {
    assert(!isKvmFaster({ kvm: hung, tcg: hung }));
    assert(!isKvmFaster({ kvm: aborted, tcg: aborted }));
  });
});

describe("judgeDevice", () => {
  it("has a text for each obstacle, and none for a usable device", () => {
    assert.equal(judgeDevice({ state: "usable" }), undefined);
    assert.match(judgeDevice({ state: "absent" }) ?? "", /There is no \/dev\/kvm/);
    const member = judgeDevice({ state: "forbidden", groupMay: true }) ?? "";
    assert.match(member, /group `kvm`.*sudo usermod -aG kvm \$USER/);
    assert.doesNotMatch(member, /chgrp/);
    assert.match(
      judgeDevice({ state: "forbidden", groupMay: false }) ?? "",
      /chgrp kvm \/dev\/kvm/,
    );
    assert.match(judgeDevice({ state: "broken", why: "ENODEV" }) ?? "", /cannot be opened: ENODEV/);
  });
});

describe("bootSector", () => {
  it("is a boot sector, and its jumps go to their labels", () => {
    const sector = bootSector();
    assert.equal(sector.length, 512);
    assert.equal(sector.readUInt16LE(510), 0xaa55);
    // jmp 0x08:0x7c6d meets pxor; the GDT's pointer meets the GDT's 64-bit code segment.
    const target = sector.readUInt16LE(0x68 + 1) - 0x7c00;
    assert.deepEqual([...sector.subarray(target, target + 4)], [0x66, 0x0f, 0xef, 0xc0]);
    const gdt = sector.readUInt32LE(sector.readUInt16LE(0x5a + 3) - 0x7c00 + 2) - 0x7c00;
    assert.equal(sector.readBigUInt64LE(gdt + 8), 0x0020_9a00_0000_0000n);
  });
});
