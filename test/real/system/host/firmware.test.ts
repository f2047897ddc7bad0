import assert from "node:assert/strict";
import { mkdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { copyVariables, findFirmware } from "../../../../provider/system/host/firmware";
import { connectQmp } from "../../../../provider/system/qmp/client";
import { startChild } from "../../../../provider/system/process/child";
import { inFolder } from "../process/run-process";

const { signal } = new AbortController();
const plain = { firmware: "uefi", secureBoot: false, machineType: "pc-q35-6.2" } as const;

/** Writes a descriptor and files of the given sizes, in KiB. */
async function addFirmware(
  folder: string,
  name: string,
  [code, variables]: readonly [number, number],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = [join(folder, `${name}.code`), join(folder, `${name}.vars`)] as const;
  for (const [index, size] of [code, variables].entries()) {
    await writeFile(files[index]!, "");
    await truncate(files[index]!, size * 1024);
  }
  const descriptor = {
    "interface-types": ["uefi"],
    mapping: {
      device: "flash",
      executable: { filename: files[0], format: "raw" },
      "nvram-template": { filename: files[1], format: "raw" },
    },
    targets: [{ architecture: "x86_64", machines: ["pc-q35-*"] }],
    features: [],
    tags: [],
  };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(descriptor));
}

const of4M = [3568, 528] as const;

async function chosenIn(...folders: readonly string[]): Promise<string> {
  const files = await findFirmware(plain, folders);
  assert(files.firmware === "uefi");
  return files.codePath;
}

describe("findFirmware", () => {
  it("needs no file for BIOS", async () => {
    const files = await findFirmware({ ...plain, firmware: "bios" }, []);
    assert.deepEqual(files, { firmware: "bios" });
  });

  it("finds this machine's OVMF for q35 and pc", async () => {
    for (const machineType of ["pc-q35-6.2", "pc-i440fx-6.2"]) {
      const files = await findFirmware({ ...plain, machineType });
      assert(files.firmware === "uefi");
      assert.equal(files.needsSmm, false);
      const sizes = await Promise.all([stat(files.codePath), stat(files.variablesTemplate)]);
      assert.equal(sizes[0].size + sizes[1].size, 4 * 1024 * 1024);
    }
  });

  it("finds this machine's OVMF with enrolled keys for q35, and none for pc", async () => {
    const files = await findFirmware({ ...plain, secureBoot: true });
    assert(files.firmware === "uefi");
    assert.equal(files.needsSmm, true);
    assert.match(files.variablesTemplate, /ms/);
    await assert.rejects(
      findFirmware({ ...plain, secureBoot: true, machineType: "pc-i440fx-6.2" }),
      {
        code: "host.firmware-missing",
        message: /Secure Boot.*sudo apt-get install -y ovmf/,
      },
    );
  });

  it("uses the first descriptor by file name, whatever its folder", () =>
    inFolder(async (folder) => {
      const [own, machine] = [join(folder, "own"), join(folder, "machine")];
      await addFirmware(own, "60-own", of4M);
      await addFirmware(machine, "50-machine", of4M);
      assert.match(await chosenIn(own, machine), /50-machine/);
    }));

  it("prefers the user's descriptor of the same name, and an empty one hides the machine's", () =>
    inFolder(async (folder) => {
      const [own, machine] = [join(folder, "own"), join(folder, "machine")];
      await addFirmware(own, "50-uefi", of4M);
      await addFirmware(machine, "50-uefi", of4M);
      await addFirmware(machine, "60-uefi", of4M);
      assert.match(await chosenIn(own, machine), /own\/50-uefi/);
      await writeFile(join(own, "50-uefi.json"), "");
      assert.match(await chosenIn(own, machine), /machine\/60-uefi/);
    }));

  it("never mixes halves of 2M and 4M images", () =>
    inFolder(async (folder) => {
      await addFirmware(folder, "10-mixed", [1920, 528]);
      await addFirmware(folder, "20-mixed", [3568, 128]);
      await addFirmware(folder, "30-whole", [1920, 128]);
      assert.match(await chosenIn(folder), /30-whole/);
    }));

  it("skips descriptors that are damaged or whose files are missing", () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "10-broken.json"), "{");
      await writeFile(join(folder, "20-strange.json"), '{"mapping":{"device":"igvm"}}');
      await addFirmware(folder, "30-bare", of4M);
      await writeFile(join(folder, "30-bare.vars"), "");
      await addFirmware(folder, "40-good", of4M);
      assert.match(await chosenIn(folder), /40-good/);
    }));

  it("names the package if there is no UEFI firmware", async () => {
    await assert.rejects(findFirmware(plain, ["/nonexistent"]), {
      code: "host.firmware-missing",
      message: /apt-get install -y ovmf; or set `machine.firmware: "bios"`/,
    });
  });

  it("starts in QEMU with variables of its own, with and without Secure Boot", () =>
    inFolder(async (folder) => {
      for (const secureBoot of [false, true]) {
        const files = await findFirmware({ ...plain, secureBoot });
        assert(files.firmware === "uefi");
        const variables = join(folder, `variables-${secureBoot ? "secure" : "plain"}`);
        await copyVariables(files, variables);
        assert.equal((await stat(variables)).mode & 0o777, 0o600);
        const before = (await stat(variables)).mtimeMs;
        const args = [
          ...["-machine", `q35${files.needsSmm ? ",smm=on" : ""}`, "-accel", "tcg", "-m", "256"],
          ...[
            "-global",
            `driver=cfi.pflash01,property=secure,value=${files.needsSmm ? "on" : "off"}`,
          ],
          ...["-nodefaults", "-display", "none", "-qmp", "unix:qmp,server=on,wait=off"],
          ...["-drive", `if=pflash,format=raw,readonly=on,file=${files.codePath}`],
          ...["-drive", `if=pflash,format=raw,file=${variables}`],
        ];
        const child = startChild("qemu-system-x86_64", args, { signal, cwd: folder });
        try {
          const qmp = await connectQmp(join(folder, "qmp"), { signal });
          // UEFI writes its boot entries before it looks for a bootable medium.
          while ((await stat(variables)).mtimeMs === before) await delay(50);
          await qmp.quit();
        } finally {
          child.kill();
          await child.ended;
        }
      }
    }));
});
