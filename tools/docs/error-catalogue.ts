import type { ErrorCode } from "../../provider/base/errors";

/** What an error code means in general; the message of each error is more specific. */
export interface ErrorMeaning {
  readonly cause: string;
  readonly cure: string;
}

/** Every code: the compiler reports a missing line. */
export const errorCatalogue: Readonly<Record<ErrorCode, ErrorMeaning>> = {
  "input.invalid": {
    cause: "An argument, option or file is not valid.",
    cure: "Correct every problem that the message lists; it lists all of them.",
  },
  "user-data.refused": {
    cause: "The installer would not read the user-data, or could not finish with it unattended.",
    cure: "Change the user-data as the message says, or move large files out of it.",
  },
  "installer.unreachable": {
    cause: "The installer's server did not answer, or the connection broke repeatedly.",
    cure: "Check the address, the network and the proxy, then run again; downloaded parts are kept.",
  },
  "installer.denied": {
    cause: "The server refused the request (401, 403).",
    cure: "Renew the presigned address, or give credentials in `installer.headers`.",
  },
  "installer.not-found": {
    cause: "The file does not exist, locally or at the server.",
    cure: "Correct `installer.url` or `installer.path`.",
  },
  "installer.truncated": {
    cause: "The ISO is shorter than its own header says.",
    cure: "Download it again, and check how it was copied.",
  },
  "installer.checksum-mismatch": {
    cause: "The file's SHA-256 is not the expected one.",
    cure: "Correct `installer.sha256`, or find out who changed the file.",
  },
  "installer.changed": {
    cause: "The installer changed between check and build.",
    cure: "Run again to build from the current one.",
  },
  "installer.no-validator": {
    cause: "The server sends neither ETag, date nor length, so a change could not be noticed.",
    cure: "Pin the installer with `installer.sha256` or `installer.checksumUrl`.",
  },
  "installer.not-bootable": {
    cause: "The file is not an ISO, or does not start under the image's firmware.",
    cure: "Use the right file, or another `machine.firmware`.",
  },
  "installer.interactive-only": {
    cause: "Every entry of its boot menu waits for an answer.",
    cure: "Use an installer that starts by itself.",
  },
  "installer.menu-waits": {
    cause: "Its boot menu has no time-out, so that it waits for a key, and a build presses none.",
    cure: "Build the ISO with a time-out in its boot menu, or use the firmware whose menu has one.",
  },
  "installer.trusted-boot": {
    cause:
      "It seals the disk to the TPM of the machine that installs it; no other machine could open it.",
    cure: "Use the installer without Trusted Boot, or install on the machine itself.",
  },
  "installer.other-architecture": {
    cause: "Its kernels or boot loaders are for another architecture, such as arm64.",
    cure: "Use the installer ISO for amd64 (x86_64).",
  },
  "host.tool-missing": {
    cause:
      "A required program is not installed or too old, or `doctor --yes` could not install it.",
    cure: "Install the packages that the message names; `stylus-image doctor` checks all of them.",
  },
  "host.firmware-missing": {
    cause: "The build host has no UEFI firmware, or none with enrolled keys.",
    cure: "Install the package that the message names.",
  },
  "host.kvm-unusable": {
    cause:
      '`accelerator: "kvm"` was requested, and a virtual machine does not run under it; or `doctor --yes` could not give access to it.',
    cure: "Give access to /dev/kvm, or use `auto`, which falls back to TCG.",
  },
  "host.memory-short": {
    cause: "The build host has less free memory than the virtual machine needs.",
    cure: "Reduce `machine.memory`, or wait for other builds.",
  },
  "host.disk-full": {
    cause: "A file system of the build host has too little space for the next step.",
    cure: "Free space (`stylus-image cache prune`) and run again; finished work is kept.",
  },
  "host.agent-died": {
    cause: "The agent process ended unexpectedly: killed, or out of memory.",
    cure: "Look at the host's log, then run again; finished work is kept.",
  },
  "install.disk-too-small": {
    cause: "The installed system does not fit `machine.diskSize`.",
    cure: "Make the disk larger.",
  },
  "install.panicked": {
    cause: "The installer's kernel panicked.",
    cure: "Read the serial log and the screenshot; try more memory or another firmware.",
  },
  "install.rebooted": {
    cause: "The guest restarted instead of powering off, so the install may not be complete.",
    cure: "Look for a reboot in the user-data and in the installer.",
  },
  "install.halted": {
    cause: "The guest stopped without powering off.",
    cure: "Read the serial log; the installer says there what it waits for.",
  },
  "install.stalled": {
    cause: "Console, disk, CDs and screen showed nothing new for `timeouts.stall`.",
    cure: "Look at the screenshot: usually the installer waits for an answer.",
  },
  "install.question": {
    cause: "The installer asks a question or waits for a key.",
    cure: "Answer the question in the user-data, or use an installer that asks none.",
  },
  "install.refused": {
    cause: "The installer gave up: it does not accept the user-data, or something failed.",
    cure: "Correct what its message says.",
  },
  "install.shell": {
    cause: "The installer's system did not come up and offers an emergency shell.",
    cure: "Look at the console for what failed before; more memory or another firmware may help.",
  },
  "install.not-booting": {
    cause:
      "The firmware or the boot loader found nothing to start: no boot device, the UEFI shell, a prompt of the boot loader.",
    cure: "Use an installer for this architecture, or another `machine.firmware`.",
  },
  "install.timed-out": {
    cause: "The install took longer than `timeouts.install`.",
    cure: "Raise the limit on a slow host; otherwise read the serial log.",
  },
  "install.disk-full": {
    cause: "The installer filled the machine's disk, or a file system in its memory.",
    cure: "Raise `machine.diskSize`, or `machine.memory` for a file of the live system.",
  },
  "install.io-error": {
    cause: "QEMU could not read or write a disk.",
    cure: "Look at the build host's disk and its log.",
  },
  "install.qemu-died": {
    cause: "QEMU ended unexpectedly: killed, or by a defect of its own.",
    cure: "Read the end of its output in the message; look for an out-of-memory kill.",
  },
  "install.nothing-installed": {
    cause: "The guest powered off, and the disk holds no system.",
    cure: "Read the serial log: the installer says there why it did nothing.",
  },
  "install.incomplete": {
    cause: "The guest powered off before the installer wrote everything.",
    cure: "Read the serial log; run again if the host was overloaded.",
  },
  "verify.boot-loader-missing": {
    cause: "The disk holds nothing that the firmware could start.",
    cure: "Check that installer and `machine.firmware` match.",
  },
  "verify.other-architecture": {
    cause: "The only UEFI boot loader of the disk is for another architecture, such as arm64.",
    cure: "Use an installer, or a disk, for amd64 (x86_64).",
  },
  "verify.user-data-missing": {
    cause: "The installed system does not contain the user-data.",
    cure: "Read the serial log: the installer did not find it or did not accept it.",
  },
  "verify.configuration-ignored": {
    cause:
      "The installed system holds the user-data, but does not load it: one value of another type makes it drop the whole file.",
    cure: "Correct the values that the message names, in the user-data or in the configuration on the installer's ISO.",
  },
  "verify.file-system-damaged": {
    cause: "A file system of the installed disk is not clean.",
    cure: "Run again; check the build host's disk if it happens again.",
  },
  "verify.not-booting": {
    cause: "The image did not come up in time when it was booted for verification.",
    cure: "Look at the screenshot and the serial log; raise `timeouts.verify` on a slow host.",
  },
  "verify.not-active": {
    cause: "The image came up from its recovery or fallback system.",
    cure: "Read the serial log: the active system failed first.",
  },
  "verify.rebooted": {
    cause: "The image restarted during its first boot.",
    cure: "Read the serial log; look for a reboot in the user-data.",
  },
  "verify.no-disk": {
    cause:
      "The image was made without the proof that `verify` asks for, and no copy of its disk is at hand to boot.",
    cure: "Run on the machine that built it, publish a `raw` or `qcow2` as well, or install a new image.",
  },
  "verify.unexpected-console": {
    cause: "The image came up, and its console did not show `verify.expect`.",
    cure: "Correct the expression, or the image.",
  },
  "convert.failed": {
    cause: "Reading an artifact back gave other content than was written, or a tool failed.",
    cure: "Check the build host's disk and memory, then run again.",
  },
  "convert.no-source": {
    cause: "A format is requested, and no copy of the image's disk exists any more.",
    cure: "Publish a `raw` or `qcow2` as well, or build a new image.",
  },
  "convert.timed-out": {
    cause: "A conversion took longer than `timeouts.convert`.",
    cure: "Raise the limit.",
  },
  "publish.denied": {
    cause: "The target refused: credentials are missing, wrong, or have too few rights.",
    cure: "Give the credentials and rights that the message names.",
  },
  "publish.not-found": {
    cause: "The bucket, repository, library, datastore or folder does not exist.",
    cure: "Create it, or correct its name; it is never created automatically.",
  },
  "publish.name-taken": {
    cause:
      "An object that this package did not publish has the name. It is neither overwritten nor removed.",
    cure: "Move it away, or publish to another place.",
  },
  "publish.unreachable": {
    cause: "The target did not answer, or its certificate is not trusted.",
    cure: "Check address, network, proxy and CA; what was sent is kept where the target can keep it.",
  },
  "publish.timed-out": {
    cause: "Publishing took longer than `timeouts.publish`.",
    cure: "Raise the limit; the next run continues where the target can.",
  },
  "publish.failed": {
    cause: "The target answered with an error, or holds other content than was sent.",
    cure: "Read the answer in the message, check the target, then run again.",
  },
  "record.unreadable": {
    cause: "A record or the state was written by a newer version, or is damaged.",
    cure: "Install that version or a newer one; remove damaged files where the message says so.",
  },
  "record.not-found": {
    cause: "No record at the targets contains the image.",
    cure: "Correct the key or ID, and name the target where the image was published.",
  },
  "build.cancelled": {
    cause: "The build was cancelled.",
    cure: "Run again; finished work is kept.",
  },
  internal: { cause: "A defect of this package.", cure: "Report it with the whole text." },
};
