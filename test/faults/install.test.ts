import { shortStall, testFailures } from "./failures";

describe("An unattended install that does not power off", () => {
  testFailures([
    {
      when: "hangs; its journal is printed on the console",
      code: "install.stalled",
      fault: "hang",
      input: { timeouts: { stall: shortStall } },
      says: /journalctl [^]*merged \/oem\/95_userdata[^]*installing the active system/,
      evidence: "screen",
    },
    {
      when: "refuses the user-data and waits forever; it is ended long before `timeouts.stall`",
      code: "install.refused",
      // For a Kairos installer the merge itself sees to an administrator, or to none being demanded.
      input: {
        installer: { path: "installer.iso", kind: "generic" },
        timeouts: { install: 2 },
      },
      says: /"stand-in: the installation does not start"[^]*no user in group admin/,
      evidence: "screen",
    },
    {
      when: "fills the machine's disk",
      code: "install.disk-full",
      fault: "fill-disk",
      input: { timeouts: { stall: shortStall } },
      says: /no space left on device/,
      evidence: "screen",
    },
    {
      when: "does not end within `timeouts.install`",
      code: "install.timed-out",
      fault: "hang",
      input: { timeouts: { install: 0.25 } },
      says: /did not end within .*`timeouts\.install`/,
      evidence: "screen",
    },
    {
      when: "panics without reporting it to QEMU",
      code: "install.panicked",
      fault: "panic",
      says: /kernel panicked: sysrq triggered crash\./,
      evidence: "screen",
    },
    {
      when: "panics and reports it to QEMU",
      code: "install.panicked",
      fault: "panic-notify",
      says: /kernel panicked: sysrq triggered crash\./,
      evidence: "screen",
    },
    {
      when: "halts",
      code: "install.halted",
      fault: "halt",
      says: /reboot: System halted/,
      evidence: "screen",
    },
    {
      when: "resets the machine",
      code: "install.rebooted",
      fault: "reboot",
      says: /installing the active system/,
      evidence: "screen",
    },
  ]);
});
