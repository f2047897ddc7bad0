import assert from "node:assert/strict";
import { expectationFor } from "../../../provider/plan/installed-system";
import { firmwares } from "../../../provider/schema/names";

describe("expectationFor", () => {
  for (const firmware of firmwares) {
    it(`asks for a boot loader of ${firmware} of every kind`, () => {
      for (const kind of ["kairos", "generic"] as const) {
        assert.equal(expectationFor(kind, firmware).firmware, firmware);
      }
    });
  }

  it("expects only a boot loader from a generic installer", () => {
    assert.deepEqual(expectationFor("generic", "bios").partitions, []);
  });

  const { partitions } = expectationFor("kairos", "bios");
  it("expects the four file systems of Kairos", () => {
    assert.deepEqual(
      partitions.map(({ label }) => label),
      ["COS_STATE", "COS_RECOVERY", "COS_PERSISTENT", "COS_OEM"],
    );
  });

  for (const [label, path, code] of [
    ["COS_STATE", "/state.yaml", "install.incomplete"],
    ["COS_STATE", "/cOS/active.img", "install.incomplete"],
    ["COS_STATE", "/cOS/passive.img", "install.incomplete"],
    ["COS_RECOVERY", "/state.yaml", "install.incomplete"],
    ["COS_RECOVERY", "/cOS/recovery.img", "install.incomplete"],
    ["COS_OEM", "/90_custom.yaml", "verify.user-data-missing"],
  ] as const) {
    it(`asks for ${path} on ${label}, or it is ${code}`, () => {
      const files = partitions.find((partition) => partition.label === label)?.files ?? [];
      const file = files.find((candidate) => candidate.path === path);
      assert.ok(file !== undefined && file.minimumBytes > 0);
      assert.equal(file.code, code);
    });
  }

  it("does not accept an image of less than a mebibyte", () => {
    const images = partitions
      .flatMap(({ files }) => files)
      .filter(({ path }) => path.endsWith(".img"));
    assert.deepEqual(
      images.map(({ minimumBytes }) => minimumBytes),
      [1048576, 1048576, 1048576],
    );
  });
});
