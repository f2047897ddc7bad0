import assert from "node:assert/strict";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { outcomeError } from "../../../../provider/agent/machine/outcome-error";
import type { ErrorCode } from "../../../../provider/base/errors";
import type { MachineResult, MachineRun } from "../../../../provider/agent/machine/virtual-machine";
import { findFirmware } from "../../../../provider/system/host/firmware";
import { semaphore } from "../../../../provider/system/lock/semaphore";
import { grubGuest, linuxGuest, runGuest, unpackGuestParts, type GuestParts } from "./guest";

const quiet = new AbortController().signal;
let parts: GuestParts;
let start: () => void;
const ready = new Promise<void>((resolve) => (start = resolve));
before(async () => {
  parts = await unpackGuestParts();
  start();
});
after(() => rm(parts.folder, { recursive: true, force: true }));

/** Seconds: longer than a guest takes to start, shorter than those that go on. */
const patience = 40;

/** Guests that wait cost little: several run at once, and each test awaits the end of its own. */
const slots = semaphore(8);
function guestEnd(
  guest: () => Promise<readonly string[]>,
  limits: Partial<MachineRun> = {},
): Promise<MachineResult> {
  const options = { signal: quiet, onWait: () => undefined };
  const end = ready.then(() => slots.run(options, async () => runGuest(await guest(), limits)));
  end.catch(() => undefined);
  return end;
}

const serialMenu = `
serial --unit=0 --speed=115200
terminal_output --append serial
menuentry "Install" { true }
menuentry "Rescue" { true }
`;

interface Row {
  readonly when: string;
  readonly guest: () => Promise<readonly string[]>;
  readonly code: ErrorCode;
  readonly shownOn: "console" | "screen";
  readonly says: RegExp;
}

/** A script of a guest that prints on the serial port and the screen, and then waits for ever. */
const saying = (onConsole: string, onScreen = "") => `
printf '${onConsole}' > /dev/ttyS0
printf '${onScreen}' > /dev/tty1
while :; do sleep 1000; done
`;

const rows: readonly Row[] = [
  {
    when: "finds no boot device under a BIOS, which says so on the screen only",
    guest: () => Promise.resolve([]),
    code: "install.not-booting",
    shownOn: "screen",
    says: /"No bootable device\."/,
  },
  {
    when: "ends in the UEFI shell",
    guest: async () => {
      const request = { firmware: "uefi", secureBoot: false, machineType: "pc" } as const;
      const firmware = await findFirmware(request);
      assert.ok(firmware.firmware === "uefi");
      const variables = join(parts.folder, "variables.fd");
      await copyFile(firmware.variablesTemplate, variables);
      return [
        ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${firmware.codePath}`],
        ...["-drive", `if=pflash,unit=1,format=raw,file=${variables}`],
      ];
    },
    code: "install.not-booting",
    shownOn: "console",
    says: /firmware found nothing to boot/,
  },
  {
    when: "lands at GRUB's prompt, on the screen only",
    guest: () => grubGuest(parts, "set timeout=0\n"),
    code: "install.not-booting",
    shownOn: "screen",
    says: /"grub>"/,
  },
  {
    when: "has a boot menu without a time-out on the serial port",
    guest: () => grubGuest(parts, serialMenu),
    code: "installer.interactive-only",
    shownOn: "console",
    says: /boot menu waits for a key/,
  },
  {
    when: "asks a question on the serial port",
    guest: () => linuxGuest(parts, saying("Continue with autoinstall? (yes|no) ")),
    code: "install.question",
    shownOn: "console",
    says: /"Continue with autoinstall\? \(yes\|no\)"/,
  },
  {
    when: "asks a question on the screen only, and a secret is beside it",
    guest: () => linuxGuest(parts, saying("", "token hunter22\\nErase the disk? [y/N] ")),
    code: "install.question",
    shownOn: "screen",
    says: /"Erase the disk\? \[y\/N\]"[^]*token <secret>/,
  },
  {
    when: "gives up as kairos-agent does, on the screen, with a shell on the serial port",
    guest: () =>
      linuxGuest(
        parts,
        saying(
          "root@kairos-1a2b:~# ",
          "1:02PM ERR No users found in any stage that are part of the \\047admin\\047 group.\\nIn Kairos 3.3.x we no longer ship a default hardcoded user\\n",
        ),
      ),
    code: "install.refused",
    shownOn: "screen",
    says: /"1:02PM ERR No users found in any stage/,
  },
  {
    when: "offers an emergency shell, and a clock goes on",
    guest: () =>
      linuxGuest(
        parts,
        `printf 'You are in emergency mode.\\n' > /dev/ttyS0
        while :; do printf '\\r%s ' "$(cat /proc/uptime)" > /dev/ttyS0; sleep 1; done`,
      ),
    code: "install.shell",
    shownOn: "console",
    says: /offers a shell/,
  },
];

describe("A machine that waits", () => {
  for (const { when, guest, code, shownOn, says } of rows) {
    const end = guestEnd(guest);
    it(`is ${code} when it ${when}`, async () => {
      const result = await end;
      assert.ok(result.outcome.kind === "waiting", `${result.outcome.kind}: ${result.screenTail}`);
      assert.equal(result.outcome.shownOn, shownOn);
      const error = outcomeError("install", result, "/serial.log", quiet);
      assert.equal(error.code, code);
      assert.match(error.message, says);
      assert.notEqual(error.details.tail ?? "", "");
      assert.equal(error.message.includes("hunter22"), false);
      assert.equal(outcomeError("verify", result, "/s.log", quiet).code, "verify.not-booting");
    });
  }
});

describe("A machine that only redraws", () => {
  const noise = [
    "printf '\\r12:00:%02d ' $n > /dev/ttyS0",
    "printf '\\r\\033[KA start job is running for x (%ss / no limit)' $n > /dev/ttyS0",
    "printf '\\033[1;70H12:00:%02d' $n > /dev/tty1",
    'echo "<3>clocksource: watchdog of CPU $n" > /dev/kmsg',
  ];
  const loop = `n=10; while :; do n=$((n + 1)); [ $n -gt 59 ] && n=10; ${noise.join("; ")}; sleep 1; done`;
  const end = guestEnd(() => linuxGuest(parts, loop), { stallSeconds: patience });

  it("has stalled, whatever its clocks, its status lines and its kernel say", async () => {
    const { outcome, console, screenTail } = await end;
    assert.deepEqual(outcome, { kind: "stalled" });
    for (const shown of [/^12:00:/, /^A start job/, /clocksource: watchdog/]) {
      assert.ok(console.matches(shown), `${shown} in ${console.tail()}`);
    }
    assert.match(screenTail, /12:00:/);
  });
});

describe("A machine that goes on", () => {
  for (const [what, script] of [
    [
      "after a question that was answered for it, and behind a shell's prompt",
      "printf 'Continue? [y/N] ' > /dev/ttyS0; sleep 3; echo 'yes' > /dev/ttyS0; printf 'root@kairos:~# ' > /dev/ttyS0; sleep 20",
    ],
    [
      "with a percentage that grows",
      "for n in 1 2 3 4 5 6 7 8 9; do printf '\\rcopying: %d %%' $n > /dev/ttyS0; sleep 6; done",
    ],
    [
      "with new text on the screen",
      'for n in one two three four five six seven eight nine; do echo "step $n" > /dev/tty1; sleep 6; done',
    ],
    [
      "with a file that could not be parsed, and silent until the power-off that it has announced",
      "printf 'warning: failed to parse config:\\nyaml: line 4: did not find a key\\nINF Shutdown node\\n' > /dev/ttyS0; sleep 30",
    ],
    [
      "with a shell that is offered on the serial port",
      "printf 'the installer running on /dev/tty1 will perform the autoinstall\\n\\npress enter to start a shell\\n' > /dev/ttyS0; sleep 30",
    ],
    [
      "with traffic of the disk after a question",
      "printf 'Continue? [y/N] ' > /dev/ttyS0; sleep 5; for n in 1 2 3 4 5 6 7 8; do busybox dd if=/dev/zero of=/dev/vda bs=1M count=4 seek=$((n * 4)) 2>/dev/null; busybox sync; sleep 1; done; sleep 16",
    ],
  ] as const) {
    const ending = `${script}\nbusybox poweroff -f`;
    const end = guestEnd(() => linuxGuest(parts, ending), { stallSeconds: patience });
    it(`is left alone: ${what}`, async () => {
      const { outcome, console } = await end;
      assert.deepEqual(outcome, { kind: "powered off" }, console.tail());
    });
  }
});
