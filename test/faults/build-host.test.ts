import assert from "node:assert/strict";
import { join } from "node:path";
import type { ErrorCode } from "../../provider/base/errors";
import { assertFailed, assertNothingLeft, assertNothingPublished } from "./evidence";
import type { Surroundings } from "./launcher";
import { giveToOrdinaryUser, makePlace, removePlace, type Place } from "./place";
import { smallMachine, startBuild } from "./start-build";
import type { ImageInput } from "../../provider/schema/image";
import { forbiddenKvm, hidden } from "./mounts";

describe("A build host with missing parts", () => {
  let place: Place;

  beforeEach(async () => {
    place = await makePlace();
    await giveToOrdinaryUser(place);
  });

  afterEach(() => removePlace(place));

  async function assertRefused(
    code: ErrorCode,
    machine: Partial<NonNullable<ImageInput["machine"]>>,
    around: Surroundings,
  ) {
    const build = startBuild(place, { machine: { ...smallMachine, ...machine } }, around);
    const error = assertFailed(await build.ended, code);
    await assertNothingPublished(place);
    await assertNothingLeft(place);
    return error;
  }

  it("is host.tool-missing, with every tool and every package at once", async () => {
    const mounts = ["xorriso", "debugfs", "e2fsck"].flatMap(hidden);
    const { message } = await assertRefused("host.tool-missing", {}, { mounts });
    for (const name of ["xorriso", "debugfs", "e2fsck"]) {
      assert.match(message, new RegExp(`  ${name}: is not installed`));
    }
    assert.match(message, /apt-get install -y e2fsprogs xorriso/);
  });

  it("is host.firmware-missing if UEFI is requested and no firmware is installed", async () => {
    const mounts = [`mount -t tmpfs none /usr/share/qemu/firmware`];
    const { message } = await assertRefused(
      "host.firmware-missing",
      { firmware: "uefi" },
      { mounts },
    );
    assert.match(message, /apt-get install -y ovmf/);
  });

  it("is host.kvm-unusable if KVM is requested and the user may not open its device", async () => {
    const mounts = forbiddenKvm(join(place.folder, "dev"));
    const around = { mounts, user: "ordinary" } as const;
    const { message } = await assertRefused("host.kvm-unusable", { accelerator: "kvm" }, around);
    assert.match(message, /\/dev\/kvm may not be opened by this user/);
  });
});
