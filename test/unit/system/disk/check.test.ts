import assert from "node:assert/strict";
import type { DiskReport, InstalledPartition } from "../../../../provider/system/disk/inspect";
import { findDefects, type DiskExpectation } from "../../../../provider/system/disk/check";

const place = { typeId: "0FC63DAF-8483-4772-8E79-3D69D8477DE4", start: 0, sizeBytes: 1 };

function partition(
  label: string,
  paths: Record<string, number>,
  type = "ext4",
): InstalledPartition {
  const files = Object.entries(paths).map(([path, sizeBytes]) => ({ path, sizeBytes }));
  return { ...place, number: 1, fileSystem: { type, label }, files, health: "clean" };
}

const complete: DiskReport = {
  table: "gpt",
  biosBootCode: true,
  partitions: [
    partition("COS_GRUB", { "/efi/boot/bootx64.efi": 9 }, "vfat"),
    partition("COS_STATE", { "/state.yaml": 9, "/cOS/active.img": 9 }),
    partition("COS_OEM", { "/90_custom.yaml": 9 }),
  ],
};
const expected: DiskExpectation = {
  firmware: "uefi",
  partitions: [
    {
      label: "COS_STATE",
      files: [
        { path: "/state.yaml", minimumBytes: 1, code: "install.incomplete" },
        { path: "/cOS/active.img", minimumBytes: 5, code: "install.incomplete" },
      ],
    },
    {
      label: "COS_OEM",
      files: [{ path: "/90_custom.yaml", minimumBytes: 1, code: "verify.user-data-missing" }],
    },
  ],
};
const without = (label: string) =>
  complete.partitions.filter(({ fileSystem }) => fileSystem?.label !== label);

describe("findDefects", () => {
  it("finds nothing on a complete disk, under either firmware", () => {
    assert.deepEqual(findDefects(complete, expected), []);
    assert.deepEqual(findDefects(complete, { ...expected, firmware: "bios" }), []);
  });

  it("tells a disk of another architecture from one without a boot loader", () => {
    const loader = partition("ESP", { "/EFI/BOOT/BOOTAA64.EFI": 9 }, "vfat");
    const partitions = [loader, ...without("COS_GRUB")];
    for (const firmware of ["uefi", "bios"] as const) {
      const report = { ...complete, biosBootCode: false, partitions };
      const [defect, ...more] = findDefects(report, { ...expected, firmware });
      assert.equal(defect?.code, "verify.other-architecture");
      assert.match(defect.what, /for arm64.*BOOTAA64\.EFI/);
      assert.deepEqual(more, []);
    }
    const both = { ...complete, partitions: [loader, ...complete.partitions] };
    assert.deepEqual(findDefects(both, expected), []);
  });

  it("distinguishes an empty and a merely partitioned disk from an incomplete install", () => {
    const bare: InstalledPartition = { ...place, number: 1, files: [], health: "not checked" };
    for (const table of ["none", "gpt"] as const) {
      const report = { table, biosBootCode: false, partitions: [bare] };
      const found = findDefects(report, expected);
      assert.deepEqual(
        found.map(({ code }) => code),
        ["install.nothing-installed"],
      );
      assert.match(
        found[0]?.what ?? "",
        table === "none" ? /is empty/ : /has partitions, but none/,
      );
    }
  });

  it("expects one file system and a boot loader from an unknown installer", () => {
    const generic = { firmware: "bios", partitions: [] } as const;
    assert.deepEqual(findDefects({ ...complete, partitions: without("") }, generic), []);
    assert.deepEqual(
      findDefects({ ...complete, biosBootCode: false }, generic).map(({ code }) => code),
      ["verify.boot-loader-missing"],
    );
  });

  const lacking = [
    {
      rule: "a missing partition",
      report: { ...complete, partitions: without("COS_STATE") },
      code: "install.incomplete",
      what: /COS_STATE/,
    },
    {
      rule: "a missing file",
      report: {
        ...complete,
        partitions: [...without("COS_STATE"), partition("COS_STATE", { "/cOS/active.img": 9 })],
      },
      code: "install.incomplete",
      what: /COS_STATE has no \/state\.yaml/,
    },
    {
      rule: "a file that is too small",
      report: {
        ...complete,
        partitions: [
          ...without("COS_STATE"),
          partition("COS_STATE", { "/state.yaml": 9, "/cOS/active.img": 0 }),
        ],
      },
      code: "install.incomplete",
      what: /active\.img on COS_STATE has 0 bytes/,
    },
    {
      rule: "missing user-data",
      report: { ...complete, partitions: [...without("COS_OEM"), partition("COS_OEM", {})] },
      code: "verify.user-data-missing",
      what: /90_custom/,
    },
    {
      rule: "a missing or empty UEFI boot loader",
      report: {
        ...complete,
        partitions: [
          ...without("COS_GRUB"),
          partition("COS_GRUB", { "/EFI/BOOT/BOOTX64.EFI": 0 }, "vfat"),
        ],
      },
      code: "verify.boot-loader-missing",
      what: /BOOTX64/,
    },
    {
      rule: "a damaged file system",
      report: {
        ...complete,
        partitions: complete.partitions.map((one) => ({ ...one, health: "damaged" as const })),
      },
      code: "verify.file-system-damaged",
      what: /COS_/,
    },
  ];
  for (const { rule, report, code, what } of lacking) {
    it(`finds ${rule}`, () => {
      const [first] = findDefects(report, expected);
      assert.equal(first?.code, code);
      assert.match(first.what, what);
    });
  }

  it("lists an incomplete install before its consequences", () => {
    const report = { ...complete, biosBootCode: false, partitions: without("COS_STATE") };
    assert.deepEqual(
      findDefects(report, { ...expected, firmware: "bios" }).map(({ code }) => code),
      ["install.incomplete", "verify.boot-loader-missing"],
    );
  });
});
