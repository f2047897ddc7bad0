import type { ErrorCode } from "../../provider/base/errors";

/** What an error of a code means in general; the message of each one says more. */
export interface ErrorMeaning {
  readonly cause: string;
  readonly cure: string;
}

/** Every code: the compiler asks for a line when one is added. */
export const errorCatalogue: Readonly<Record<ErrorCode, ErrorMeaning>> = {
  "input.invalid": {
    cause: "An argument, option or file that was given cannot be what is meant.",
    cure: "Correct every place that the message lists; all are listed at once.",
  },
  "user-data.refused": {
    cause: "The installer would not read the user-data, or not finish with it unattended.",
    cure: "Change the user-data as the message says, or move large files out of it.",
  },
  "installer.unreachable": {
    cause: "The server of the installer did not answer, or broke off again and again.",
    cure: "Look at the address, the network and the proxy; what was downloaded is kept.",
  },
  "installer.denied": {
    cause: "The server refused the request (401, 403).",
    cure: "Renew the presigned address, or give credentials in `installer.headers`.",
  },
  "installer.not-found": {
    cause: "There is no such file, here or at the server.",
    cure: "Correct `installer.url` or `installer.path`.",
  },
  "installer.truncated": {
    cause: "The ISO ends before what it says that it holds.",
    cure: "Download it again; look at how it got to its place.",
  },
  "installer.checksum-mismatch": {
    cause: "The file has another SHA-256 than the one that was asked for.",
    cure: "Correct `installer.sha256`, or find out who changed the file.",
  },
  "installer.changed": {
    cause: "The installer became another one between check and build.",
    cure: "Run it again, to build from the one that is there now.",
  },
  "installer.no-validator": {
    cause: "The server says neither ETag nor date nor length, so that a change could not be seen.",
    cure: "Pin it with `installer.sha256` or `installer.checksumUrl`.",
  },
  "installer.not-bootable": {
    cause: "It is no ISO, or it does not start under the firmware of the image.",
    cure: "Take the right file, or another `machine.firmware`.",
  },
  "installer.interactive-only": {
    cause: "Every entry of its boot menu waits for a person.",
    cure: "Take an installer that begins by itself.",
  },
  "installer.trusted-boot": {
    cause: "It seals the disk to the TPM of the machine that installs it; no other could open it.",
    cure: "Take the installer without Trusted Boot, or install on the machine itself.",
  },
  "host.tool-missing": {
    cause:
      "A program that is needed is not installed, or is too old; or `doctor --yes` could not install it.",
    cure: "Install the packages that the message names; `stylus-image doctor` looks for all.",
  },
  "host.firmware-missing": {
    cause: "The build host has no UEFI firmware, or none with enrolled keys.",
    cure: "Install the package that the message names.",
  },
  "host.kvm-unusable": {
    cause:
      '`accelerator: "kvm"` was asked for, and a virtual machine does not run under it; or `doctor --yes` could not give access to it.',
    cure: "Give access to /dev/kvm, or take `auto`, which falls back to TCG.",
  },
  "host.memory-short": {
    cause: "The build host has less free memory than the virtual machine is to have.",
    cure: "Make `machine.memory` smaller, or wait for other builds.",
  },
  "host.disk-full": {
    cause: "A file system of the build host has no room for what comes next.",
    cure: "Free space (`stylus-image cache prune`) and run it again; what is finished is kept.",
  },
  "host.agent-died": {
    cause: "The process that builds ended without a word: killed, or out of memory.",
    cure: "Look at the host's log, then run it again; it goes on with what is finished.",
  },
  "install.disk-too-small": {
    cause: "What the installer writes does not fit `machine.diskSize`.",
    cure: "Make the disk larger.",
  },
  "install.panicked": {
    cause: "The installer's kernel panicked.",
    cure: "Read the serial log and the screenshot; try more memory or another firmware.",
  },
  "install.rebooted": {
    cause:
      "The guest restarted in place of powering off, so that the install is not the end of it.",
    cure: "Look for a reboot in the user-data and in the installer.",
  },
  "install.halted": {
    cause: "The guest stopped without powering off.",
    cure: "Read the serial log; the installer says there what it waits for.",
  },
  "install.stalled": {
    cause: "Neither console nor disk nor screen moved for `timeouts.stall`.",
    cure: "Look at the screenshot: mostly it waits for somebody.",
  },
  "install.timed-out": {
    cause: "The install took longer than `timeouts.install`.",
    cure: "Raise the limit on a slow host; else look at the serial log.",
  },
  "install.disk-full": {
    cause: "The build host's disk filled up while the guest wrote.",
    cure: "Free space and run it again.",
  },
  "install.io-error": {
    cause: "QEMU could not read or write a disk.",
    cure: "Look at the build host's disk and its log.",
  },
  "install.qemu-died": {
    cause: "QEMU itself ended: killed, or by a fault of its own.",
    cure: "Read the end of its output in the message; look for an out-of-memory kill.",
  },
  "install.nothing-installed": {
    cause: "The guest powered off, and the disk carries no system.",
    cure: "Read the serial log: the installer says there why it did nothing.",
  },
  "install.incomplete": {
    cause: "The guest powered off, and what the installer writes last is not there.",
    cure: "Read the serial log; run it again if the host was overloaded.",
  },
  "verify.boot-loader-missing": {
    cause: "There is nothing on the disk that the firmware could start.",
    cure: "Look whether installer and `machine.firmware` fit.",
  },
  "verify.user-data-missing": {
    cause: "The installed system does not carry the user-data.",
    cure: "Look at the serial log: the installer did not find or not take it.",
  },
  "verify.file-system-damaged": {
    cause: "A file system of the installed disk is not clean.",
    cure: "Run it again; look at the build host's disk if it happens again.",
  },
  "verify.not-booting": {
    cause: "The image did not come up in time when it was booted for proof.",
    cure: "Look at the screenshot and the serial log; raise `timeouts.verify` on a slow host.",
  },
  "verify.not-active": {
    cause: "The image came up from its recovery or fallback system.",
    cure: "Read the serial log: the active system failed first.",
  },
  "verify.rebooted": {
    cause: "The image restarted by itself in its first boot.",
    cure: "Read the serial log; look for a reboot in the user-data.",
  },
  "verify.unexpected-console": {
    cause: "The image came up, and the console did not show `verify.expect`.",
    cure: "Correct the expression, or the image.",
  },
  "convert.failed": {
    cause: "An artifact was made, and reading it back gave something else; or a tool failed.",
    cure: "Look at the build host's disk and memory, then run it again.",
  },
  "convert.no-source": {
    cause: "A format is wanted of an image whose disk nobody has any more.",
    cure: "Publish a `raw` or `qcow2` as well, or build anew.",
  },
  "convert.timed-out": {
    cause: "A conversion took longer than `timeouts.convert`.",
    cure: "Raise the limit.",
  },
  "publish.denied": {
    cause: "The target refused: no credentials, wrong ones, or too few rights.",
    cure: "Give those that the message names, with the rights that it names.",
  },
  "publish.not-found": {
    cause: "Bucket, repository, library, datastore or folder is not there.",
    cure: "Create it, or correct its name; nothing of the kind is created unasked.",
  },
  "publish.name-taken": {
    cause: "Something that is not ours has the name. It is neither overwritten nor removed.",
    cure: "Move it away, or publish to another place.",
  },
  "publish.unreachable": {
    cause: "The target did not answer, or with a certificate that is not trusted.",
    cure: "Look at address, network, proxy and CA; what was sent is kept where the target can.",
  },
  "publish.timed-out": {
    cause: "Publishing took longer than `timeouts.publish`.",
    cure: "Raise the limit; the next run goes on where the target can.",
  },
  "publish.failed": {
    cause: "The target answered with an error, or has something else than what was sent.",
    cure: "Read the answer in the message; look at the target, then run it again.",
  },
  "record.unreadable": {
    cause: "A record or state was written by a newer version, or is damaged.",
    cure: "Install that version or a newer one; remove what is damaged where the message says.",
  },
  "record.not-found": {
    cause: "No record at the targets knows the image.",
    cure: "Correct the key or ID, and name the target where the image was published.",
  },
  "build.cancelled": {
    cause: "Somebody ended the build.",
    cure: "Run it again; it goes on with what is finished.",
  },
  internal: {
    cause: "A defect of this package.",
    cure: "Report it with the whole text.",
  },
};
