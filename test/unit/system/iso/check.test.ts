import assert from "node:assert/strict";
import type { IsoReport } from "../../../../provider/system/iso/inspect";
import { smallestDisk } from "../../../../provider/plan/user-data/partition-sizes";
import { checkInstaller, kairosImageBytes } from "../../../../provider/system/iso/check";
import { parseGrubMenu } from "../../../../provider/system/iso/grub";
import { parseIsolinuxMenu } from "../../../../provider/system/iso/isolinux";
import { GiB, MiB } from "../../../../provider/base/size";

const entry = (title: string, mode: string) =>
  `menuentry "${title}" {\n linux /boot/kernel ${mode}\n}\n`;
const menuOf = (text: string) => parseGrubMenu("/boot/grub2/grub.cfg", text);

const isolinuxMenu = (labels: string) =>
  parseIsolinuxMenu("/isolinux/isolinux.cfg", `ui menu.c32\ntimeout 50\n${labels}`);

const good: IsoReport = {
  kind: "kairos",
  sizeBytes: 700 * MiB,
  volumeLabel: "COS_LIVE",
  boots: { bios: true, uefi: true },
  programs: {
    loaders: [{ path: "/EFI/BOOT/BOOTX64.EFI", architecture: "amd64" }],
    kernels: [{ path: "/boot/kernel", architecture: "amd64" }],
  },
  hasKernel: true,
  trustedBoot: false,
  menu: menuOf(`set timeout=5\n${entry("Kairos", "install-mode")}${entry("Kairos (manual)", "")}`),
  root: { path: "/rootfs.squashfs", sizeBytes: GiB, contentBytes: 3 * GiB, kairosAgent: true },
  configurations: [],
  bundles: [],
};
const needs = { firmware: "bios", autoInstall: false, diskSize: 100 * GiB } as const;

describe("smallestDisk", () => {
  for (const [image, disk] of [
    [3, 16.3],
    [4, 21.3],
    [6, 31.3],
    [8, 41.3],
  ] as const) {
    it(`is ${disk} GiB for a system image of ${image} GiB`, () => {
      assert.equal(Number((smallestDisk(image * GiB) / GiB).toFixed(1)), disk);
    });
  }

  it("computes the image as the root's decimal megabytes plus 100, taken as MiB", () => {
    assert.equal(kairosImageBytes(3_000_999_999), 3100 * MiB);
  });
});

describe("checkInstaller", () => {
  it("accepts an installer that boots, installs unattended and fits", () => {
    checkInstaller(good, needs);
    checkInstaller(good, { ...needs, firmware: "uefi" });
  });

  const arm = {
    loaders: [{ path: "/EFI/BOOT/BOOTAA64.EFI", architecture: "arm64" }],
    kernels: [{ path: "/boot/kernel", architecture: "arm64" }],
  } as const;
  const refused: readonly {
    readonly rule: string;
    readonly report: IsoReport;
    readonly code: string;
    readonly text: RegExp;
  }[] = [
    {
      rule: "a kernel of another architecture, whatever boots it",
      report: { ...good, programs: { ...good.programs, kernels: arm.kernels } },
      code: "installer.other-architecture",
      text: /is for arm64, and the machine is amd64\. Its \/boot\/kernel is for arm64/,
    },
    {
      rule: "a loader of another architecture where nothing boots under a BIOS",
      report: {
        ...good,
        boots: { bios: false, uefi: true },
        programs: { ...arm, kernels: [] },
      },
      code: "installer.other-architecture",
      text: /BOOTAA64\.EFI/,
    },
    {
      rule: "a Trusted Boot installer",
      report: { ...good, trustedBoot: true },
      code: "installer.trusted-boot",
      text: /sealed to the TPM/,
    },
    {
      rule: "one without a boot record for the firmware, naming the other",
      report: { ...good, boots: { bios: false, uefi: true } },
      code: "installer.not-bootable",
      text: /Set `machine.firmware` to "uefi"/,
    },
    {
      rule: "one that boots nowhere",
      report: { ...good, boots: { bios: false, uefi: false } },
      code: "installer.not-bootable",
      text: /no boot record at all/,
    },
    {
      rule: "a menu that could install unattended but asks",
      report: {
        ...good,
        menu: menuOf(`set default=1\n${entry("Edge", "")}${entry("Edge Interactive", "")}`),
      },
      code: "installer.interactive-only",
      text: /"Edge Interactive".*FORCE_INTERACTIVE_INSTALL/,
    },
    {
      rule: "a menu that only asks",
      report: { ...good, menu: menuOf(entry("Kairos", "install-mode-interactive")) },
      code: "installer.interactive-only",
      text: /grub\.cfg chooses that entry.*FORCE_INTERACTIVE_INSTALL/,
    },
    {
      rule: "a menu of another installer that asks, naming the entry to choose",
      report: {
        ...good,
        kind: "generic",
        menu: menuOf(
          `${entry("Interactive install", "")}${entry("Memory test", "")}${entry("Unattended (non-interactive) install", "")}`,
        ),
      },
      code: "installer.interactive-only",
      text: /grub\.cfg chooses that entry\. Build the ISO again with `set default="Unattended \(non-interactive\) install"`/,
    },
    {
      rule: "a menu of isolinux that asks, naming the entry to choose",
      report: {
        ...good,
        biosMenu: isolinuxMenu(
          "label a\nmenu label Interactive\nlabel b\nmenu label Auto-install\n",
        ),
      },
      code: "installer.interactive-only",
      text: /isolinux\.cfg chooses that entry\. Build the ISO again with `MENU DEFAULT` below `LABEL b`/,
    },
    {
      rule: "a menu of another installer that only asks",
      report: {
        ...good,
        kind: "generic",
        menu: menuOf(entry("Interactive", "") + entry("Rescue", "")),
      },
      code: "installer.interactive-only",
      text: /Use an installer with an entry that installs unattended/,
    },
    {
      rule: "a menu without a time-out",
      report: { ...good, menu: menuOf(entry("Edge", "") + entry("Edge (manual)", "")) },
      code: "installer.menu-waits",
      text: /under a BIOS.*grub\.cfg sets no time.*"Edge".*`set timeout=5`/,
    },
    {
      rule: "a menu of isolinux without a time-out, naming the firmware whose menu has one",
      report: {
        ...good,
        biosMenu: parseIsolinuxMenu("/isolinux/isolinux.cfg", "ui menu.c32\nlabel a\nkernel k\n"),
      },
      code: "installer.menu-waits",
      text: /isolinux\.cfg.*`machine\.firmware` to "uefi".*`TIMEOUT 50`/,
    },
    {
      rule: "a disk that kairos-agent cannot divide",
      report: {
        ...good,
        root: {
          path: "/rootfs.squashfs",
          sizeBytes: 9 * GiB,
          contentBytes: 30 * GiB,
          kairosAgent: true,
        },
      },
      code: "install.disk-too-small",
      text: /machine\.diskSize/,
    },
  ];
  for (const { rule, report, code, text } of refused) {
    it(`refuses ${rule}`, () => {
      assert.throws(() => checkInstaller(report, needs), { code, message: text });
    });
  }

  it("refuses by GRUB's menu under UEFI only, if a BIOS may boot a loader that was not read", () => {
    for (const menu of [menuOf(entry("Edge", "")), menuOf(entry("Interactive", ""))]) {
      const report = { ...good, menu, unreadBiosLoader: true };
      checkInstaller(report, needs);
      assert.throws(() => checkInstaller(report, { ...needs, firmware: "uefi" }));
    }
  });

  for (const title of [
    "Unattended (non-interactive) install",
    "Install, noninteractive",
    "Not interactive",
    "Non \u2011 Interactive install",
  ]) {
    it(`accepts the entry "${title}" of GRUB and isolinux`, () => {
      const menu = menuOf(`set timeout=5\n${entry(title, "")}`);
      checkInstaller({ ...good, menu }, needs);
      const biosMenu = isolinuxMenu(`label a\nmenu label ${title}\n`);
      checkInstaller({ ...good, biosMenu }, needs);
    });
  }

  it("accepts a configuration of GRUB that boots before its menu, or that runs what is not known", () => {
    const entries = entry("Interactive rescue", "") + entry("Manual", "");
    for (const script of [
      "linux /k auto; initrd /i; boot",
      "if [ -e /k ]; then\nlinux /k\nboot\nfi",
      "function start {\nlinux /k\nboot\n}\nstart",
      "exit",
    ]) {
      checkInstaller({ ...good, menu: menuOf(`${script}\n${entries}`) }, needs);
    }
    checkInstaller({ ...good, menu: menuOf(`blscfg\n${entry("Edge", "")}`) }, needs);
  });

  it("refuses a menu that waits after commands that start nothing", () => {
    const script =
      "insmod part_gpt\nsearch --set=root --file /k\nterminal_output console\nlinux /k\necho hello";
    const report = { ...good, menu: menuOf(`${script}\n${entry("Edge", "boot=live")}`) };
    assert.throws(() => checkInstaller(report, needs), { code: "installer.menu-waits" });
  });

  it("refuses loaders of other architectures under UEFI only, where a BIOS boots the same ISO", () => {
    const loaders = [
      ...arm.loaders,
      { path: "/EFI/BOOT/BOOTIA32.EFI", architecture: "i386" },
    ] as const;
    const report = { ...good, programs: { ...good.programs, loaders } };
    checkInstaller(report, needs);
    assert.throws(() => checkInstaller(report, { ...needs, firmware: "uefi" }), {
      code: "installer.other-architecture",
    });
  });

  it("accepts an ISO for several architectures, and one whose programs tell nothing", () => {
    const both = {
      loaders: [...arm.loaders, ...good.programs.loaders],
      kernels: [...arm.kernels, ...good.programs.kernels],
    };
    for (const programs of [both, { loaders: [], kernels: [] }]) {
      checkInstaller({ ...good, programs }, needs);
      checkInstaller({ ...good, programs }, { ...needs, firmware: "uefi" });
    }
    const old = [{ path: "/install/vmlinuz", architecture: "i386" }] as const;
    checkInstaller({ ...good, programs: { loaders: [], kernels: old } }, needs);
  });

  it("accepts one entry for both ways when the user-data says install.auto", () => {
    const menu = menuOf(
      `set timeout=5\n${entry("Kairos", "install-mode-interactive")}${entry("Kairos (manual)", "")}`,
    );
    checkInstaller({ ...good, menu }, { ...needs, autoInstall: true });
  });

  it("adds the partitions that the user-data gives to those of the system", () => {
    const contentBytes = 3 * GiB;
    const root = { path: "/rootfs.squashfs", sizeBytes: GiB, contentBytes, kairosAgent: true };
    const report = { ...good, root };
    const install = { partitions: { persistent: { size: 90_000 } } };
    checkInstaller(report, needs);
    assert.throws(() => checkInstaller(report, { ...needs, install }), {
      code: "install.disk-too-small",
      message: /`install` of the user-data adds its partitions/,
    });
  });

  it("has no minimum if another installer than kairos-agent partitions the disk", () => {
    const root = { path: "/rootfs.squashfs", sizeBytes: GiB, contentBytes: 9 * GiB };
    checkInstaller({ ...good, root: { ...root, kairosAgent: false } }, { ...needs, diskSize: GiB });
    checkInstaller({ ...good, root }, { ...needs, diskSize: GiB });
  });
});
