import { execa } from "execa";
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { countQemu } from "../e2e/qemu-counter";
import { bootLoaderOf } from "./boot-loader";
import { assertNothingLeft, assertSucceeded } from "./evidence";
import { makePlace, removePlace, type Place } from "./place";
import { inBackground, patience, startBackground } from "./pool";
import { logsOf, smallMachine, startBuild } from "./start-build";

describe("An image that is installed and verified", function () {
  this.timeout(patience);
  const places: Place[] = [];
  const generic = inBackground(buildGeneric);
  const twice = inBackground(buildTwice);

  before(startBackground);

  after(async () => {
    await Promise.allSettled([generic, twice]);
    await Promise.all(places.map(removePlace));
  });

  /** UEFI, and an ISO whose own configuration has what the installer demands. */
  async function buildGeneric() {
    const place = await ownPlace();
    await embed(place, "#cloud-config\ninstall: { auto: true, nousers: true }\n");
    const build = startBuild(place, {
      installer: { path: "embedded.iso", kind: "generic" },
      machine: { ...smallMachine, firmware: "uefi" },
    });
    return { place, build, outcome: await build.ended };
  }

  /** Secure Boot, built by two processes at the same time. */
  async function buildTwice() {
    const place = await ownPlace();
    const qemu = await countQemu();
    const sayIt = "dmesg | grep -i 'secure boot' > /dev/ttyS0";
    const start = () =>
      startBuild(
        place,
        {
          machine: { ...smallMachine, firmware: "uefi", secureBoot: true },
          userData: { stages: { boot: [{ commands: [sayIt] }] } },
          verify: { expect: "Secure boot enabled" },
        },
        { path: [qemu.folder] },
      );
    const outcomes = await Promise.all([start().ended, start().ended]);
    const counts = [await qemu.installs(), await qemu.verifications()];
    await qemu.remove();
    return { place, outcomes, counts };
  }

  async function ownPlace(): Promise<Place> {
    const place = await makePlace();
    places.push(place);
    return place;
  }

  it("has a boot loader on the removable path if it was installed under UEFI", async () => {
    const { outcome, place } = await generic;
    const state = assertSucceeded(outcome);
    assert.deepEqual(await bootLoaderOf(state), {
      partition: "efi",
      biosCode: false,
      efiFiles: ["BOOTX64.EFI", "grubx64.efi"],
    });
    await assertNothingLeft(place);
  });

  it("may be of another kind: then a login prompt shows that it booted", async () => {
    const { build, outcome } = await generic;
    assertSucceeded(outcome);
    assert.ok(logsOf(build, "info").some((line) => /is taken as generic/.test(line)));
  });

  it("causes a warning if the installer has a configuration of its own", async () => {
    const { build } = await generic;
    const warnings = logsOf(build, "warning").filter((line) => /is merged too/.test(line));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /\/files-iso\/config\.yaml/);
  });

  it("boots with Secure Boot if it was installed with Secure Boot", async () => {
    const { outcomes } = await twice;
    const { partition, efiFiles } = await bootLoaderOf(assertSucceeded(outcomes[0]));
    assert.deepEqual([partition, efiFiles[0]], ["efi", "BOOTX64.EFI"]);
  });

  it("is installed and verified once if two processes build it at the same time", async () => {
    const { outcomes, place, counts } = await twice;
    const [one, other] = outcomes.map(assertSucceeded);
    assert.deepEqual(one?.artifacts, other?.artifacts);
    assert.notEqual(one?.instance, other?.instance);
    assert.deepEqual(counts, [1, 1]);
    await assertNothingLeft(place);
  });
});

/** The installer with a configuration on it, as CanvOS puts it there. */
async function embed(place: Place, configuration: string): Promise<void> {
  const file = join(place.folder, "config.yaml");
  await writeFile(file, configuration);
  const [from, to] = ["installer.iso", "embedded.iso"].map((name) => join(place.folder, name));
  const map = ["-map", file, "/files-iso/config.yaml", "-boot_image", "any", "replay"];
  await execa("xorriso", ["-indev", from!, "-outdev", to!, ...map]);
}
