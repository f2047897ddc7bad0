import assert from "node:assert/strict";
import { lastWordsIn } from "../../../../provider/agent/machine/last-words";
import type { Wait } from "../../../../provider/agent/machine/signs-of-waiting";
import { plainLines } from "../../../../provider/agent/machine/terminal-text";

const wordsIn = (text: string, ignored: readonly Wait[] = []) => {
  const lines = plainLines(text);
  return lastWordsIn({ lines, openLine: lines.at(-1) }, ignored);
};

describe("lastWordsIn names", () => {
  const samples: readonly (readonly [Wait, string, string])[] = [
    [
      "boot device",
      "No bootable device.",
      "SeaBIOS (version 1.16.2-debian-1.16.2-1)\nBooting from DVD/CD...\nBoot failed: Could not read from CDROM (code 0005)\nNo bootable device.",
    ],
    [
      "boot device",
      "Boot failed: not a bootable disk",
      "SeaBIOS (version 1.16.2)\nBooting from Hard Disk...\nBoot failed: not a bootable disk\n",
    ],
    [
      "boot device",
      "BdsDxe: No bootable option or device was found.",
      'BdsDxe: failed to load Boot0001 "UEFI QEMU DVD-ROM QM00001 " from PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0): Not Found\r\nBdsDxe: No bootable option or device was found.\r\nBdsDxe: Press any key to enter the Boot Manager Menu.\r\n',
    ],
    [
      "boot device",
      "UEFI Interactive Shell v2.2",
      "UEFI Interactive Shell v2.2\nEDK II\nUEFI v2.70 (EDK II, 0x00010000)\nMapping table\n     BLK0: Alias(s):\n          PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0)\nPress ESC in 5 seconds to skip startup.nsh or any other key to continue.\nShell> ",
    ],
    ["boot device", "Shell>", "\u001b[2J\u001b[01;01H\u001b[0m\u001b[33m\u001b[40mShell> "],
    [
      "boot device",
      ">>Start PXE over IPv4.",
      "BdsDxe: failed to load Boot0001\n\n>>Start PXE over IPv4.",
    ],
    [
      "boot device",
      "No more network devices",
      "Nothing to boot: No such file\nNo more network devices\n",
    ],
    ["boot loader", "grub>", "Minimal BASH-like line editing is supported.\n\ngrub> "],
    [
      "boot loader",
      "grub rescue>",
      "error: no such device: COS_LIVE.\nEntering rescue mode...\ngrub rescue> ",
    ],
    ["boot loader", "boot:", "ISOLINUX 6.04 EDD\nWelcome\nboot: "],
    ["boot loader", "iPXE>", "iPXE initialising devices...ok\niPXE> "],
    [
      "boot menu",
      "Use the ^ and v keys to select which entry is highlighted.",
      "\u001b[2;24HGNU GRUB  version 2.06\n\r\n\r\u001b[m\u001b[4;2H+----+\u001b[5;2H|\u001b[5;79H|\u001b[m\n     Use the ^ and v keys to select which entry is highlighted.          \n\r      Press enter to boot the selected OS, `e' to edit the commands       \n\r      before booting or `c' for a command-line.                           \u001b[5;80H \u001b[7m\u001b[5;3H*Install            \u001b[m\u001b[5;78H",
    ],
    [
      "boot menu",
      "Press [Tab] to edit options",
      "Debian GNU/Linux installer boot menu (BIOS mode)\nInstall\nAdvanced options\nPress [Tab] to edit options\n",
    ],
    [
      "emergency shell",
      'You are in emergency mode. After logging in, type "journalctl -xb" to view',
      'You are in emergency mode. After logging in, type "journalctl -xb" to view\nsystem logs, "systemctl reboot" to reboot, or "exit"\nto continue bootup.\nGive root password for maintenance\n(or press Control-D to continue): ',
    ],
    [
      "emergency shell",
      "ALERT! LABEL=COS_LIVE does not exist. Dropping to a shell!",
      "ALERT! LABEL=COS_LIVE does not exist. Dropping to a shell!\n\nBusyBox v1.35.0 built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n(initramfs) ",
    ],
    [
      "emergency shell",
      "Entering emergency mode. Exit the shell to continue.",
      'Generating "/run/initramfs/rdsosreport.txt"\n\nEntering emergency mode. Exit the shell to continue.\nType "journalctl" to view system logs.\n\ndracut:/# ',
    ],
    ["emergency shell", "dracut:/#", "\n\ndracut:/# [  192.123456] clocksource: Switched\n\n"],
    [
      "emergency shell",
      "You are in emergency mode.",
      `You are in emergency mode.\n${Array.from({ length: 300 }, (_, n) => `\r12:00:${n % 60}`).join("")}`,
    ],
    [
      "answer",
      "Continue? [y/N]",
      `Continue? [y/N]\nIt must be y or n.\nThe answer was empty.\nTry again.\nContinue? [y/N]\n${Array.from({ length: 50 }, (_, n) => `A start job is running (${n}s)\r`).join("")}`,
    ],
    [
      "refusal",
      "1:02PM ERR No users found in any stage that are part of the 'admin' group.",
      "1:02PM ERR No users found in any stage that are part of the 'admin' group.\nIn Kairos 3.3.x we no longer ship a default hardcoded user with the system configs and require users to provide their own user.\nkairos login: root (automatic login)\nroot@kairos:~# ",
    ],
    [
      "refusal",
      "- config not found in the system: yaml: unmarshal errors:",
      "- config not found in the system: yaml: unmarshal errors:\n  line 9: cannot unmarshal !!str `true` into bool\n",
    ],
    [
      "refusal",
      "no configuration, stopping installation",
      "no configuration, stopping installation\n",
    ],
    [
      "refusal",
      "panic: runtime error: invalid memory address",
      "panic: runtime error: invalid memory address\n\ngoroutine 1 [running]:\nruntime.panic(0x1)\n\t/src/x.go:1\ngithub.com/kairos-io/kairos-sdk/collector.DeepMerge(0xc0)\n\t/go/x.go:9\n",
    ],
    [
      "refusal",
      "The installation was stopped due to an error which occurred while running in non-interactive text mode.",
      "The installation was stopped due to an error which occurred while running in non-interactive text mode.\nPane is dead\n",
    ],
    [
      "refusal",
      "An error occurred. Press enter to start a shell",
      "An error occurred. Press enter to start a shell\n",
    ],
    [
      "full disk",
      "cp: error writing 'x': No space left on device",
      "cp: error writing 'x': No space left on device\n",
    ],
    [
      "answer",
      "Continue with autoinstall? (yes|no)",
      "Confirmation is required to continue.\nAdd 'autoinstall' to your kernel command line to avoid this\n\n\nContinue with autoinstall? (yes|no)",
    ],
    [
      "answer",
      "Write the changes to disks?",
      "\u001b[2;3H┌───────┤ [!!] Partition disks ├───────┐\u001b[3;3H│ If you continue, the changes are written.   │\u001b[5;3H│ Write the changes to disks?        │\u001b[7;3H│    <Yes>              <No>    │\u001b[8;3H└─────────┘\u001b[24;1H<Tab> moves; <Space> selects; <Enter> activates buttons",
    ],
    [
      "answer",
      "[!!] Select a language",
      "\u001b[2;3H+---------| [!!] Select a language |-------+\u001b[3;3H|  Choose the language to be used  |\u001b[4;3H|   English   - English  |\u001b[7;3H|   <Go Back>   |\u001b[24;1H<Tab> moves; <Space> selects; <Enter> activates buttons",
    ],
    [
      "answer",
      "Prompt: '?' for help>",
      "[!!] Choose language\n  1: C\n  2: English\nPrompt: '?' for help> ",
    ],
    [
      "answer",
      "Please make a selection from the above ['b' to begin installation, 'q' to quit, 'r' to refresh]:",
      "Installation\n\n1) [x] Language settings\n2) [!] Time settings\n\nPlease make a selection from the above ['b' to begin installation, 'q' to quit, 'r' to refresh]: ",
    ],
    [
      "answer",
      "Do you want to continue? [Y/n]",
      "0 upgraded, 4 newly installed.\nDo you want to continue? [Y/n] ",
    ],
    ["answer", "Overwrite (y/N)?", "mke2fs 1.47\nOverwrite (y/N)? "],
    [
      "answer",
      "Press any key to continue...",
      "Installation complete.\nPress any key to continue...",
    ],
    ["answer", "Press Enter to reboot", "done\nPress Enter to reboot\n"],
    [
      "answer",
      "Installation completed, press enter to go back to the shell.",
      "Installation completed, press enter to go back to the shell.",
    ],
    [
      "answer",
      "Select keyboard layout: [none]",
      "Available layouts: be de fr\nSelect keyboard layout: [none] ",
    ],
    ["answer", "Hostname:", "Welcome\nHostname: "],
    ["answer", "Enter passphrase for /dev/vda3:", "Enter passphrase for /dev/vda3: "],
    [
      "answer",
      "New password:",
      "Setting up\nNew password: [  192.123456] clocksource: Switched\n[  193.000001] random: init\n",
    ],
    [
      "answer",
      "Use this disk?",
      "┌──┤ Loading ├──┐\n  100%  \n<Cancel>\n┌──┤ [!!] Disks ├──┐\nUse this disk?\n<Yes> <No>\n",
    ],
    [
      "refusal",
      "An error occurred while partitioning",
      "An error occurred while partitioning\npress enter to start a shell\n",
    ],
    [
      "refusal",
      "no configuration, stopping installation",
      "no configuration, stopping installation\nlocalhost login: root (automatic login)\nroot@localhost:~# ",
    ],
    ["answer", "Which disk should be used?", "1 vda\n2 vdb\nWhich disk should be used? "],
    [
      "answer",
      "Use UP, DOWN and ENTER keys to select your language.",
      "Willkommen! Bienvenue! Welcome!\nUse UP, DOWN and ENTER keys to select your language.\n[ English ]\n[ Español ]",
    ],
  ];
  for (const [wait, line, text] of samples) {
    it(`${wait}: ${line}`, () => assert.deepEqual(wordsIn(text), { wait, line }));
  }
});

describe("lastWordsIn names nothing", () => {
  const samples: readonly (readonly [string, string])[] = [
    ["of nothing", ""],
    ["of a login prompt", "Debian GNU/Linux 12 edge ttyS0\n\nedge login: "],
    [
      "of the shell of Kairos' live system",
      "localhost login: root (automatic login)\n\nroot@localhost:~# ",
    ],
    [
      "of busybox' greeting",
      "BusyBox v1.35.0 built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n~ # ",
    ],
    [
      "of an install that goes on",
      "stand-in: live system is up, looking for user-data\nstand-in: user-data from /dev/sr1\nstand-in: disk is /dev/vda, 1024 MiB\nstand-in: installing the active system\n",
    ],
    ["of its end", "stand-in: installation finished, going down later\n"],
    [
      "of a menu with a time-out",
      "\u001b[18;1H     Use the ^ and v keys to select which entry is highlighted.    \n\r      Press enter to boot the selected OS\u001b[22;1H   The highlighted entry will be executed automatically in 4s.   ",
    ],
    [
      "of a menu that has started its entry",
      "     Use the ^ and v keys to select which entry is highlighted.    \n\r      Press enter to boot the selected OS\u001b[H\u001b[J\u001b[1;1H  Booting `Install'\n\r\n\r",
    ],
    ["of isolinux that counts", "Press [Tab] to edit options\nAutomatic boot in 30 seconds...\n"],
    ["of isolinux that has started", "boot: \nLoading vmlinuz... ok\nLoading initrd.gz...ok\n"],
    [
      "of a boot device that was skipped",
      'BdsDxe: failed to load Boot0001 "UEFI QEMU DVD-ROM" from PciRoot(0x0): Not Found\nBdsDxe: loading Boot0002 "UEFI Misc Device"\nBdsDxe: starting Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0)\n',
    ],
    [
      "of a question with an answer",
      "Do you want to continue? [Y/n] y\nSetting up foo (1.2)\nProcessing triggers\n",
    ],
    ["of a countdown to go on", "Press any key to interrupt, or continue in 10 seconds\n"],
    [
      "of good warnings of Kairos",
      "WARNING: jsonschema: '' does not validate: missing properties: 'users'\nERR no metadata/userdata found. Bye\nINF Running stage: before-install\n",
    ],
    [
      "of a file that Kairos' agent cannot parse and leaves out",
      "warning: failed to parse config:\nyaml: line 4: mapping values are not allowed in this context\n",
    ],
    [
      "of an error that a program goes on after",
      "ERR yaml: line 4: did not find expected key\nlocalhost login: ",
    ],
    [
      "of a program that crashed",
      "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nexample.com/other.Run()\nmain.main()\n",
    ],
    [
      "of a refusal and then work",
      "no configuration, stopping installation\nINF Running stage: before-install\n",
    ],
    [
      "of a refusal and then another install",
      "Installation failed, next mirror\nInstalling packages\n",
    ],
    ["of a refusal and a login", "no configuration, stopping installation\nedge login: "],
    [
      "of a full disk before a power-off",
      "cp: No space left on device\n1:02PM INF Shutdown node\n",
    ],
    [
      "of a full disk after a power-off was announced",
      "Shutdown node\njournal: No space left on device\n",
    ],
    ["of a full disk and then progress", "cp: No space left on device\ncopying 40 %\n"],
    [
      "of the console of Ubuntu's installer",
      "the installer running on /dev/tty1 will perform the autoinstall\n\npress enter to start a shell\n",
    ],
    ["of busybox' console", "\nPlease press Enter to activate this console. "],
    ["of a shell that can be opened", "Press ENTER for a shell\n"],
    [
      "of a bar with a button to cancel",
      "┌──┤ Installing the base system ├──┐\n│   12%   │\n│ Retrieving libc6 │\n│ <Cancel> │\n└──┘\n<Tab> moves; <Space> selects; <Enter> activates buttons\n",
    ],
    [
      "of a bar after a question that was answered",
      "Write the changes to disks?\n<Yes> <No>\n┌──┤ Partitions formatting ├──┐\n  33%  \n<Cancel>\n",
    ],
    ["of a button to cancel", "Detecting hardware\n<Cancel>\n"],
    ["of a line about a host name", "Setting hostname:\n"],
    ["of a line about a password", "Generating password:\n"],
    ["of a line about the network", "Waiting for network [eth0]:\n"],
    ["of a line with a question mark", "Failed to start x, will you retry?\n"],
    ["of a choice that was made", "Select mirror: [deb.example.com]\n"],
    ["of the name of an image that starts", "boot:\n"],
    ["of a power-off", "INF Shutdown node\nThe system will power off now!\n"],
    [
      "of a kernel that prints after its start",
      "[    1.123456] Run /init as init process\n[    2.000001] random: crng init done\n",
    ],
  ];
  for (const [what, text] of samples) {
    it(what, () => assert.equal(wordsIn(text), undefined));
  }

  it("of a refusal that much output has followed", () => {
    const later = Array.from({ length: 60 }, (_, n) => `step ${"x".repeat(n)}`).join("\n");
    assert.equal(wordsIn(`no configuration, stopping installation\n${later}`), undefined);
  });

  for (const text of [
    "No users found in any stage that are part of the 'admin' group.",
    "cp: No space left on device",
  ]) {
    it(`of "${text}" where it is ignored`, () =>
      assert.equal(wordsIn(text, ["refusal", "full disk"]), undefined));
  }

  // With a pattern that tries parts of a line again, these tests do not end.
  const length = 100_000;
  for (const part of [
    " ",
    "/a",
    "/ a ",
    "[",
    "[]",
    ": [",
    ": ",
    "press ",
    "1 of ",
    "1%",
    "[ 1",
    "? ",
  ]) {
    it(`of a long line with "${part}" again and again`, () => {
      for (const start of ["(y/n", "select ", "password", "[Next]", "x"]) {
        assert.equal(wordsIn(`${start}${part.repeat(length)} x\n`), undefined);
      }
    });
  }
});

describe("lastWordsIn a long line", () => {
  const long = "word ".repeat(1000);
  it("finds a question at its end, and names the whole line", () =>
    assert.deepEqual(wordsIn(`${long}Continue? [y/N] `), {
      wait: "answer",
      line: `${long}Continue? [y/N]`,
    }));
});
