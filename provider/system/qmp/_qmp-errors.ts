import { StylusError } from "../../base/errors";

export function connectionEnded(waitedFor: string): StylusError {
  return new StylusError("install.qemu-died", {
    what: `QEMU closed its monitor socket before \`${waitedFor}\` was through.`,
    why: "QEMU has ended, or was ended from outside.",
    next: "Read QEMU's last output and the kernel log (out of memory?), and run again.",
  });
}

export function noAnswer(command: string, seconds: number): StylusError {
  return new StylusError("install.qemu-died", {
    what: `QEMU did not answer \`${command}\` within ${seconds} s.`,
    why: "QEMU hangs, or the build host is far too busy.",
    next: "Look at the load and the disks of the build host, and run again.",
  });
}

export function refused(command: string, error: { class: string; desc: string }): StylusError {
  return new StylusError("internal", {
    what: `QEMU refused \`${command}\`: ${error.desc} (${error.class}).`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}
