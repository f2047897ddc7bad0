import type { Socket } from "node:net";
import { readLogExcerpt } from "../../system/files/log-excerpt";

/** How many lines an error quotes. */
const tailLines = 25;
const keptLines = 400;
/** Kept of a line that does not end, such as a menu that is drawn again and again; longer than any secret. */
const keptCharacters = 65_536;
/** Longer than any escape code. */
const longestEscape = 256;

/** The guest's serial console, without escape codes. Secrets are masked in `tail` and `onLine`, not in what is matched. */
export interface Console {
  /** Bytes received so far; a stalled guest sends none. */
  readonly bytesReceived: () => number;
  readonly tail: () => string;
  /** The first line that matches, among those received and kept so far; with its secrets, to be examined. */
  readonly firstMatch: (pattern: RegExp) => string | undefined;
  /** Whether such a line exists. */
  readonly matches: (pattern: RegExp) => boolean;
  readonly send: (text: string) => void;
}

export interface ConsoleOptions {
  readonly onLine: (line: string) => void;
  readonly redact: (text: string) => string;
}

export function readConsole(socket: Socket, options: ConsoleOptions): Console {
  const lines: string[] = [];
  let received = 0;
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("error", () => undefined);
  socket.on("data", (chunk: string) => {
    received += chunk.length;
    const parts = (rest + chunk).split(/\r?\n|\r/);
    rest = shortened(parts.pop() ?? "", options.redact);
    for (const part of parts) {
      const line = plainText(part).trimEnd();
      if (line === "") continue;
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      options.onLine(options.redact(line));
    }
  });
  const all = (): string[] => [...lines, plainText(rest)].filter((it) => it !== "");
  return {
    bytesReceived: () => received,
    tail: () => all().slice(-tailLines).map(options.redact).join("\n"),
    firstMatch: (pattern) => all().find((line) => pattern.test(line)),
    matches: (pattern) => all().some((line) => pattern.test(line)),
    send: (text) => void socket.write(text),
  };
}

/**
 * The end of a line that is too long to be kept. Secrets are masked before it is cut, because half of a secret would not
 * be recognised. A secret that is not complete yet is at the end, which is kept.
 */
function shortened(line: string, redact: (text: string) => string): string {
  if (line.length <= 2 * keptCharacters) return line;
  // Keep an incomplete escape code: without it, its other half would remain as text.
  const escape = line.indexOf("\u001b", line.length - longestEscape);
  const whole = escape === -1 ? line.length : line.lastIndexOf("\u001b");
  return redact(plainText(line.slice(0, whole))).slice(-keptCharacters) + line.slice(whole);
}

/** The last lines of a serial log whose secrets are already masked. */
export async function tailOfLog(path: string): Promise<string> {
  const { head, tail = head } = await readLogExcerpt(path, {
    headBytes: 0,
    tailBytes: keptCharacters,
  });
  return plainLines(tail)
    .filter((line) => line.trim() !== "")
    .slice(-tailLines)
    .join("\n");
}

/** Lines of a guest's output, without escape codes. */
export function plainLines(text: string): string[] {
  return text.split(/\r?\n|\r/).map((line) => plainText(line).trimEnd());
}

/** Removes escape codes (GRUB's screen), strings for the terminal (systemd) and other control characters. */
export function plainText(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- this function removes control characters
      .replace(/\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "")
      // eslint-disable-next-line no-control-regex -- as above
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78cDEHM])/g, "")
      // eslint-disable-next-line no-control-regex -- as above
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
  );
}

/** The console of a machine that never started. */
export const silentConsole: Console = {
  bytesReceived: () => 0,
  tail: () => "",
  firstMatch: () => undefined,
  matches: () => false,
  send: () => undefined,
};
