import assert from "node:assert/strict";
import { GiB, MiB } from "../../../../provider/base/size";
import type { JsonMap } from "../../../../provider/base/json";
import { smallestDisk } from "../../../../provider/plan/user-data/partition-sizes";
import { generate, testRefusals } from "./generated";

const persistent = (size: number) => ({ partitions: { persistent: { size, fs: "ext4" } } });
const extra = (...sizes: readonly number[]) => ({
  "extra-partitions": sizes.map((size, index) => ({ name: `data${index}`, size, fs: "ext4" })),
});
const disk = (mebibytes: number) => ({ diskSize: mebibytes * MiB });

/** Boundary of a BIOS, OEM, STATE and RECOVERY without system images. */
const kairosOwn = 2 + 64 + 1000 + 200;

describe("sizes of the partitions of a Kairos installer", () => {
  const sums: readonly (readonly [string, JsonMap, number])[] = [
    ["nothing given", {}, kairosOwn],
    ["a persistent partition", persistent(5000), kairosOwn + 5000],
    ["every extra partition", extra(100, 200), kairosOwn + 300],
    ["another size of OEM", { partitions: { oem: { size: 100 } } }, kairosOwn + 36],
    ["a larger state", { partitions: { state: { size: 3000 } } }, kairosOwn + 2000],
    ["a smaller state, which Kairos enlarges", { partitions: { state: { size: 10 } } }, kairosOwn],
    ["a larger recovery", { partitions: { recovery: { size: 250 } } }, kairosOwn + 50],
    ["a size of the system image", { system: { size: 4000 } }, kairosOwn + 8000],
    ["a size of the passive image", { passive: { size: 4000 } }, kairosOwn + 4000],
    ["a size of the recovery image", { "recovery-system": { size: 4000 } }, kairosOwn + 8000],
    ["a persistent partition that takes the rest", persistent(0), kairosOwn],
  ];
  for (const [what, install, mebibytes] of sums) {
    it(`counts ${what}`, () => assert.equal(smallestDisk(0, install, "bios") / MiB, mebibytes));
  }

  it("counts the larger boot partition of UEFI", () =>
    assert.equal(smallestDisk(0, {}, "uefi") / MiB, kairosOwn + 63));

  it("counts the system images five times, with the sizes of `install` in their place", () => {
    const image = 3000;
    assert.equal(smallestDisk(image * MiB, {}, "bios") / MiB, kairosOwn + 5 * image);
    assert.equal(
      smallestDisk(image * MiB, { system: { size: 4000 } }, "bios") / MiB,
      kairosOwn + 5 * image + 2 * 1000,
    );
  });

  const refused: readonly (readonly [string, JsonMap, number, string, RegExp])[] = [
    [
      "a persistent partition larger than the disk",
      persistent(300_000),
      60 * 1024,
      "userData.install.partitions",
      /at least 301266 MiB.*machine\.diskSize.*61440 MiB/,
    ],
    [
      "extra partitions larger than the disk",
      extra(30_000, 31_000),
      60 * 1024,
      "userData.install.extra-partitions",
      /62266 MiB/,
    ],
    [
      "partitions that fit alone but not together",
      { ...persistent(40_000), ...extra(20_200) },
      60 * 1024,
      "userData.install.partitions",
      /61466 MiB/,
    ],
    [
      "two extra partitions that take the rest",
      { ...persistent(1000), ...extra(0, 0) },
      60 * 1024,
      "userData.install.extra-partitions[1].size",
      /only one partition/,
    ],
    [
      "an extra partition that takes the rest beside the persistent one",
      extra(0),
      60 * 1024,
      "userData.install.extra-partitions[0].size",
      /persistent one does/,
    ],
    [
      "an extra partition without a size beside the persistent one",
      { "extra-partitions": [{ name: "data", fs: "ext4" }] },
      60 * 1024,
      "userData.install.extra-partitions[0].size",
      /persistent one does/,
    ],
  ];
  testRefusals(
    refused.map(([what, install, mebibytes, path, reason]) => [
      what,
      { userData: { install }, ...disk(mebibytes) },
      path,
      reason,
    ]),
  );

  it("takes partitions that fill the disk to the last MiB", () => {
    const install = persistent(60 * 1024 - kairosOwn);
    assert.deepEqual(generate({ userData: { install }, diskSize: 60 * GiB }).problems, []);
    assert.equal(generate({ userData: { install }, ...disk(60 * 1024 - 1) }).problems.length, 1);
  });

  it("takes an extra partition that takes the rest, if the persistent one has a size", () => {
    const install = { ...persistent(1000), ...extra(0) };
    assert.deepEqual(generate({ userData: { install }, ...disk(60 * 1024) }).problems, []);
  });

  it("leaves a disk that is too small without sizes of the user to the inspection of the installer", () => {
    assert.deepEqual(
      generate({ userData: { install: persistent(0) }, ...disk(1024) }).problems,
      [],
    );
  });

  it("checks no sum while the disk is not known, or for an installer that is not Kairos", () => {
    const userData = { install: persistent(300_000) };
    assert.deepEqual(generate({ userData }).problems, []);
    assert.deepEqual(generate({ userData, reader: "generic", ...disk(1024) }).problems, []);
    assert.deepEqual(generate({ userData, reader: "site" }).problems, []);
  });
});
