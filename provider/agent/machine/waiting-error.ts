import type { ErrorCode } from "../../base/errors";
import type { LastWords } from "./last-words";
import type { Wait } from "./signs-of-waiting";

interface WaitingText {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

/** The error for an install that waits, and whose last words say what for. */
export function waitingError(words: LastWords): WaitingText {
  const { code, what, why, next } = texts[words.wait];
  return { code, what: `${what}: ${quoted(words)}.`, why, next };
}

/** The error for an install that ended after its console had shown that a file system is full. */
export function fullDiskError(): WaitingText {
  const text = texts["full disk"];
  return { ...text, what: `${text.what}.` };
}

/** What keeps an installed system from coming up, as a part of a sentence. */
export function reasonNotToBoot(words: LastWords): string {
  return `${reasons[words.wait]} (${quoted(words)})`;
}

function quoted({ line }: LastWords): string {
  if (line === "") return "a line of the screen that could not be read for certain";
  return `"${line.replace(/\s+/g, " ").slice(0, 300)}"`;
}

const texts: Readonly<Record<Wait, WaitingText>> = {
  answer: {
    code: "install.question",
    what: "The installer asks a question and waits for an answer",
    why: "Nobody can answer during an unattended install: what it asks for is not in the user-data, or it did not find the user-data.",
    next: "Give the answer in the user-data (or in the preseed, kickstart or autoinstall file of this installer), or use an installer that asks nothing.",
  },
  refusal: {
    code: "install.refused",
    what: "The installer gave up with a message and waits",
    why: "It does not accept the user-data, or a step of the install failed.",
    next: "Correct the user-data as the message says; the lines before it are on the console.",
  },
  "full disk": {
    code: "install.disk-full",
    what: "The installer found no space left",
    why: "The root file system and its copies need more than `machine.diskSize`, or a file system in the memory of the installer's live system is full.",
    next: "Look at the console for the file that could not be written. Raise `machine.diskSize`; for a file of the live system, such as one in /tmp or /run, raise `machine.memory`.",
  },
  "emergency shell": {
    code: "install.shell",
    what: "The installer's system did not come up and offers a shell",
    why: "A file system, a device or a service that it needs is missing. It waits for commands.",
    next: "Look at the console for what failed before; a damaged ISO, too little memory (`machine.memory`) or a missing driver are the usual causes.",
  },
  "boot menu": {
    code: "installer.interactive-only",
    what: "The installer's boot menu waits for a key",
    why: "It has no time-out, so no entry starts by itself.",
    next: "Use an installer whose menu starts an unattended entry by itself: set a time-out and a default entry in its boot loader's configuration.",
  },
  "boot loader": {
    code: "install.not-booting",
    what: "The boot loader waits at its prompt",
    why: "It found no configuration, no kernel or no file system that it can read.",
    next: "Check that the ISO is complete and made for this firmware (`machine.firmware`).",
  },
  "boot device": {
    code: "install.not-booting",
    what: "The firmware found nothing to boot",
    why: "The ISO has no boot loader for this firmware or this processor (amd64), or its boot loader gave up.",
    next: "Use an installer for amd64 that starts under `machine.firmware`, or change `machine.firmware`.",
  },
};

const reasons: Readonly<Record<Wait, string>> = {
  answer: "it waits for an answer",
  refusal: "a program gave up with a message, and the machine waits",
  "full disk": "there is no space left",
  "emergency shell": "it offers an emergency shell",
  "boot menu": "its boot menu waits for a key",
  "boot loader": "its boot loader waits at its prompt",
  "boot device": "the firmware found nothing to boot",
};
