import assert from "node:assert/strict";
import { sizeFor } from "../../../../provider/system/host/capacity";
import { GiB, MiB } from "../../../../provider/base/size";

const large = { cores: 16, availableMemory: 64 * GiB };

describe("sizeFor", () => {
  it("gives 4 CPUs and 8 GiB by default", () => {
    assert.deepEqual(sizeFor({}, large), { cpus: 4, memoryBytes: 8 * GiB });
  });

  it("gives what is requested if the host has it", () => {
    const size = sizeFor({ cpus: 8, memory: 16 * GiB }, large);
    assert.deepEqual(size, { cpus: 8, memoryBytes: 16 * GiB });
  });

  it("gives no more CPUs than there are cores, and says so", () => {
    const { cpus, reduced } = sizeFor({}, { ...large, cores: 2 });
    assert.equal(cpus, 2);
    assert.match(reduced ?? "", /gets 2 CPUs and 8 GiB instead of 4 CPUs and 8 GiB/);
  });

  it("gives at most 60 % of the memory that is available, in whole MiB, and says so", () => {
    const { memoryBytes, reduced } = sizeFor({}, { ...large, availableMemory: 10 * GiB + 1 });
    assert.equal(memoryBytes, 6 * GiB);
    assert.match(reduced ?? "", /6 GiB instead of 4 CPUs and 8 GiB: the build host has 16 CPUs/);
  });

  it("does not call a part of a MiB a reduction", () => {
    const { memoryBytes, reduced } = sizeFor({ memory: 2 * GiB + 5 }, large);
    assert.deepEqual([memoryBytes, reduced], [2 * GiB, undefined]);
  });

  it("refuses a host that leaves less than 1 GiB to the machine", () => {
    assert.throws(() => sizeFor({}, { cores: 1, availableMemory: 1.5 * GiB }), {
      code: "host.memory-short",
      message: /has 1\.5 GiB of memory to spare, and an install needs at least 1\.7 GiB/,
    });
  });

  it("allows a request of less than 1 GiB", () => {
    const { memoryBytes } = sizeFor({ memory: 512 * MiB }, { cores: 1, availableMemory: 1 * GiB });
    assert.equal(memoryBytes, 512 * MiB);
  });
});
