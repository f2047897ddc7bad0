import assert from "node:assert/strict";
import { copyFile, mkdtemp, open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { checkIso } from "../../../../provider/formats/iso/check";
import { isoUserData } from "../../../../provider/plan/iso/layout";
import { renderUserData } from "../../../../provider/plan/user-data/write-yaml";
import { readIsoBoot } from "../../../../provider/system/iso/boot";
import { backupTableEnd, readIsoPartitions } from "../../../../provider/system/iso/partitions";
import { listIsoFiles } from "../../../../provider/system/iso/tree";
import { isoFormat, makeIso } from "./make";
import { smallInstaller } from "./small-installer";

const { signal } = new AbortController();
const text = renderUserData(isoUserData({}, isoFormat({}), "kairos"));
const added = [{ path: "/config.yaml", content: Buffer.from(text) }];

describe("checkIso", () => {
  let folder = "";
  const sound = (boot: string): string => join(folder, `${boot}.out.iso`);
  const damagedIso = (): string => join(folder, "damaged.iso");
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-iso-check-"));
    for (const boot of ["hybrid", "mbr", "cd"] as const) {
      const installer = await smallInstaller(folder, boot, { boot });
      await makeIso({ installer, output: sound(boot) });
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const check = (boot: string, iso = damagedIso()): Promise<string> => {
    const installer = join(folder, `${boot}.iso`);
    return checkIso(iso, { installer, added, signal, onProgress: () => undefined });
  };
  const run = (command: string) => execa("sh", ["-ec", command], { cwd: folder });

  async function flip(offset: number): Promise<void> {
    const handle = await open(damagedIso(), "r+");
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, offset);
    await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, offset);
    await handle.close();
  }

  async function at(path: string, offset: number): Promise<number> {
    const file = (await listIsoFiles(damagedIso(), signal)).find((it) => it.path === path);
    assert.ok(file !== undefined && offset < file.sizeBytes);
    return file.offset + offset;
  }

  /** Writes the ISO again by xorriso with one change and the same time. */
  async function rewrite(change: string): Promise<void> {
    const handle = await open(damagedIso(), "r");
    const boot = await readIsoBoot(handle);
    await handle.close();
    const replay = `-volume_date uuid ${boot?.modified} -boot_image any replay`;
    await run(`rm -f new.iso; echo x >x
      xorriso -no_rc -indev damaged.iso -outdev new.iso ${change} ${replay} 2>&1
      mv new.iso damaged.iso`);
    const end = await backupTableEnd(damagedIso());
    if (end !== undefined) await truncate(damagedIso(), end);
  }

  type Fault = readonly [
    what: string,
    plant: () => Promise<unknown>,
    said: RegExp,
    boot?: "hybrid" | "mbr" | "cd",
  ];
  const size = async (): Promise<number> => (await stat(damagedIso())).size;
  const faults: readonly Fault[] = [
    [
      "a byte of the root file system",
      async () => flip(await at("/rootfs.squashfs", 300_000)),
      /\/rootfs\.squashfs holds other bytes/,
    ],
    [
      "the kernel's last byte",
      async () => flip(await at("/boot/kernel", 69_999)),
      /\/boot\/kernel holds other bytes/,
    ],
    [
      "a byte of the configuration",
      async () => flip(await at("/config.yaml", 20)),
      /\/config\.yaml holds other bytes/,
    ],
    [
      "a byte of the BIOS boot image",
      async () => flip(await at("/boot/eltorito.img", 100)),
      /\/boot\/eltorito\.img holds other bytes/,
    ],
    [
      "a byte at the beginning of the UEFI boot image",
      async () => flip(await at("/boot/uefi.img", 12)),
      /\/boot\/uefi\.img holds other bytes/,
      "cd",
    ],
    [
      "a byte of the EFI system partition",
      async () => flip((await readIsoPartitions(damagedIso(), signal))[1]!.start + 9),
      /its EFI system partition holds other bytes/,
    ],
    [
      "a byte of the EFI system partition by a BIOS table",
      async () => flip((await readIsoPartitions(damagedIso(), signal))[1]!.start + 9),
      /its EFI system partition holds other bytes/,
      "mbr",
    ],
    [
      "a byte of the boot code",
      () => flip(100),
      /the boot code of its first sector holds other bytes/,
    ],
    [
      "no EFI system partition",
      () => run("sfdisk -q --delete damaged.iso 2"),
      /its EFI system partition is gone/,
    ],
    [
      "no EFI system partition in a BIOS table",
      () => run("sfdisk -q --delete damaged.iso 2"),
      /its EFI system partition is gone/,
      "mbr",
    ],
    [
      "no partition table",
      () =>
        run(
          "dd if=/dev/zero of=damaged.iso bs=512 seek=1 count=1 conv=notrunc; dd if=/dev/zero of=damaged.iso bs=1 seek=440 count=72 conv=notrunc",
        ),
      /its partition table is gone|not both sound/,
    ],
    [
      "only the backup of its partition table",
      () => run("dd if=/dev/zero of=damaged.iso bs=512 seek=1 count=1 conv=notrunc"),
      /not both sound/,
    ],
    [
      "no backup of its partition table",
      async () => truncate(damagedIso(), (await size()) - 512),
      /not both sound/,
    ],
    [
      "a blank backup of its partition table",
      async () => {
        await truncate(damagedIso(), (await size()) - 512);
        await truncate(damagedIso(), (await size()) + 512);
      },
      /not both sound/,
    ],
    ["a byte of its partition table", () => flip(1024 + 60), /not both sound/],
    [
      "a byte of that table's backup",
      async () => flip((await size()) - 512 - 100),
      /not both sound/,
    ],
    [
      "something behind its partition table",
      async () => truncate(damagedIso(), (await size()) + 65_536),
      /not both sound/,
    ],
    [
      "a first partition that ends too early",
      () => run("echo 'start=64, size=200' | sfdisk -q --no-reread -N 1 damaged.iso"),
      /its first partition ends before \/boot/,
    ],
    [
      "half of its bytes",
      async () => truncate(damagedIso(), Math.floor((await size()) / 2)),
      /has \d+ bytes, not \d+/,
      "cd",
    ],
    [
      "its last file cut",
      async () => truncate(damagedIso(), await at("/config.yaml", 10)),
      /has \d+ bytes, not \d+/,
      "mbr",
    ],
    [
      "a foreign file",
      () => rewrite("-map x /foreign"),
      /\/foreign belongs neither to the installer nor to the added files/,
    ],
    ["no kernel", () => rewrite("-rm /boot/kernel --"), /\/boot\/kernel is missing/],
    [
      "another configuration",
      () => rewrite("-overwrite on -map x /config.yaml"),
      /\/config\.yaml has 2 bytes, not/,
    ],
    ["another label", () => rewrite("-volid OTHER"), /boots as "BIOS UEFI OTHER/],
    [
      "no BIOS boot image",
      () =>
        rewrite(
          "-boot_image any discard -boot_image any bin_path=/boot/uefi.img -boot_image any platform_id=0xef -boot_image any next",
        ),
      /boots as/,
      "cd",
    ],
  ];
  for (const [what, plant, said, boot = "hybrid"] of faults) {
    it(`finds ${what}`, async () => {
      await copyFile(sound(boot), damagedIso());
      await check(boot);
      await plant();
      await assert.rejects(check(boot), (error: Error) => {
        assert.match(error.message, /^The new ISO is damaged: .*\[convert\.failed\]/s);
        assert.match(error.message, said);
        return true;
      });
    });
  }

  it("finds what grew in its place, which starts from a CD only", async () => {
    await copyFile(sound("hybrid"), damagedIso());
    await writeFile(join(folder, "config.yaml"), text);
    await run(`xorriso -no_rc -indev damaged.iso -outdev damaged.iso -overwrite on \
      -map config.yaml /config.yaml -boot_image any replay 2>&1`);
    await assert.rejects(check("hybrid"), /convert\.failed/);
  });

  it("finds what is no ISO", async () => {
    await writeFile(damagedIso(), "no ISO");
    await assert.rejects(check("cd"), /it is no ISO 9660 image.*\[convert\.failed\]/);
  });
});
