import { testFailures } from "./failures";

describe("An unattended install that powers off, but leaves an incomplete disk", () => {
  testFailures([
    {
      when: "wrote nothing",
      code: "install.nothing-installed",
      fault: "nothing",
      says: /nothing was installed/,
      evidence: "serial log",
    },
    {
      when: "stopped half-way, with all partitions and labels made",
      code: "install.incomplete",
      fault: "poweroff-early",
      says: /powering off half-way/,
      evidence: "serial log",
    },
    {
      when: "wrote no boot loader",
      code: "verify.boot-loader-missing",
      fault: "no-bootloader",
      says: /installation finished/,
      evidence: "serial log",
    },
    {
      when: "did not keep the user-data",
      code: "verify.user-data-missing",
      fault: "no-userdata",
      says: /installation finished/,
      evidence: "serial log",
    },
    {
      when: "added a command with another type, from the configuration on its ISO",
      code: "verify.configuration-ignored",
      carried: "#cloud-config\nstages:\n  initramfs:\n    - commands:\n        - echo status: up\n",
      says: /\(\/oem\/90_custom\.yaml\).*\n +stages\.initramfs\[\d\]\.commands\[0\]: /,
      evidence: "serial log",
    },
    {
      when: "left a damaged file system",
      code: "verify.file-system-damaged",
      fault: "corrupt-fs",
      says: /COS_STATE/,
      evidence: "serial log",
    },
  ]);
});
