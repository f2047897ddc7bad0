import assert from "node:assert/strict";
import { plainLines } from "../../../../provider/agent/machine/terminal-text";
import { afterBootLoader } from "../../../../provider/agent/stages/after-boot-loader";

/** GRUB's menu as it draws it on a serial line. */
const grub = [
  "\u001b[2;24HGNU GRUB  version 2.06-13+deb12u1\n\r\n\r\u001b[m\u001b[4;2H+----+\u001b[5;2H|\u001b[5;79H|\u001b[m",
  "\n     Use the ^ and v keys to select which entry is highlighted.          \n\r      Press enter to boot the selected OS, `e' to edit the commands       \n\r      before booting or `c' for a command-line.                           ",
  "\u001b[5;80H \u001b[7m\u001b[5;3H*Debian GNU/Linux            \u001b[m\u001b[6;3H Advanced options for Debian GNU/Linux            \u001b[5;78H",
].join("");
const countdown = (seconds: number): string =>
  `\u001b[22;1H   The highlighted entry will be executed automatically in ${seconds}s.                 \u001b[5;78H`;
const firmware =
  'BdsDxe: loading Boot0001 "Debian GNU/Linux" from HD(1,GPT)/\\EFI\\BOOT\\BOOTX64.EFI\r\nBdsDxe: starting Boot0001 "Debian GNU/Linux"\r\n';
const started =
  "\u001b[H\u001b[J\u001b[1;1H  Booting `Debian GNU/Linux'\n\r\n\rLoading Linux 6.1.0-18-debian-amd64 ...\n\rLoading initial ramdisk ...\n\r";
const kernel =
  "[    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0)\r\n[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=LABEL=Debian ro\r\n";
const systemdBoot =
  "\u001b[9;30H Debian GNU/Linux 12 (bookworm) \u001b[10;30H Reboot Into Firmware Interface \u001b[22;30HBoot in 5 s.";
const extlinux = "EXTLINUX 6.04 20200816\r\nDebian GNU/Linux\r\nAutomatic boot in 5 seconds...\r\n";

/** An output whose text and clock a test changes. */
function machine() {
  let text = "";
  let at = 0;
  const output = afterBootLoader({ lines: () => plainLines(text) }, () => at);
  return {
    matches: output.matches,
    firstMatch: output.firstMatch,
    print: (more: string) => (text += more),
    clear: () => (text = ""),
    wait: (seconds: number) => (at += seconds * 1000),
  };
}

describe("afterBootLoader", () => {
  const silent: readonly (readonly [what: string, text: string])[] = [
    ["a menu of GRUB that waits", grub],
    ["a menu of GRUB that counts", grub + countdown(5) + countdown(4)],
    ["a menu of GRUB that UEFI started", firmware + grub],
    ["an entry of GRUB that was started", grub + countdown(1) + started],
    ["an entry that was started without a menu", started],
    ["a kernel without a root", grub + started + kernel],
    ["a kernel that GRUB showed nothing of", kernel],
    [
      "a kernel that GRUB does not find",
      `${grub}${started}error: file \`/boot/vmlinuz-debian' not found.\r\nerror: you need to load the kernel first.\r\n\r\nPress any key to continue...${grub}`,
    ],
    ["a menu of systemd-boot", firmware + systemdBoot],
    ["a menu of systemd-boot, on a screen that it cleared", systemdBoot],
    ["a menu of extlinux", extlinux],
  ];
  for (const [what, text] of silent) {
    it(`does not take ${what} for the output of a system, however long it stands`, () => {
      const output = machine();
      output.print(text);
      assert.equal(output.firstMatch(/debian/i), undefined);
      output.wait(600);
      assert.equal(output.firstMatch(/debian/i), undefined);
    });
  }

  const systems: readonly (readonly [what: string, before: string, text: string])[] = [
    ["after the kernel's lines", grub + started + kernel, "kiosk is ready"],
    ["of the kernel", grub + started + kernel, "[    9.123456] kiosk is ready"],
    ["after a silent kernel", grub + countdown(1) + started, "kiosk is ready"],
    ["without a boot loader's text", "", "kiosk is ready"],
    [
      "after the text of a BIOS alone",
      "SeaBIOS (version 1.16.2)\r\nBooting from Hard Disk...\r\n",
      "kiosk is ready",
    ],
    ["of a unit of systemd", grub + countdown(1), "[  OK  ] kiosk is ready"],
    ["with a login prompt", firmware + grub + countdown(1), "kiosk is ready login: "],
    [
      "that looks like a boot loader's",
      grub + started + kernel,
      "Loading the page: kiosk is ready...",
    ],
    ["before one that looks like a boot loader's", "", "kiosk is ready\r\nLoading kiosk...\r\n"],
  ];
  for (const [what, before, text] of systems) {
    it(`takes a line ${what}, at once`, () => {
      const output = machine();
      output.print(before);
      assert.equal(output.matches(/kiosk is ready/), false);
      output.print(text);
      assert.equal(output.matches(/kiosk is ready/), true);
    });
  }

  it("takes what comes some time after a menu, if nothing shows the start of the system", () => {
    const output = machine();
    output.print(grub + countdown(1));
    assert.equal(output.matches(/Debian/), false);
    output.wait(10);
    assert.equal(output.matches(/Debian/), false);
    output.print("\u001b[H\u001b[J\r\nDebian GNU/Linux 12 kiosk ttyS0\r\n");
    assert.equal(output.firstMatch(/Debian/), "Debian GNU/Linux 12 kiosk ttyS0");
  });

  it("takes a screen that shows no menu any more", () => {
    const output = machine();
    output.print(grub);
    assert.equal(output.matches(/Debian/), false);
    output.clear();
    output.print("Debian GNU/Linux 12 kiosk tty1");
    assert.equal(output.matches(/Debian/), true);
  });

  it("does not take the menu after a system that restarted", () => {
    const output = machine();
    output.print(grub + started + kernel + "[    1.000000] Kernel panic\r\n" + firmware + grub);
    assert.equal(output.matches(/Debian/), false);
  });
});
