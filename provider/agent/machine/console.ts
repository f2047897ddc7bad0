import type { Socket } from "node:net";
import { readLogExcerpt } from "../../system/files/log-excerpt";

/** How many lines an error quotes. */
const tailLines = 25;
const keptLines = 400;
/** Of a line that does not end (a menu that draws itself again and again); more than a secret on one line has. */
const keptCharacters = 65_536;
/** Longer than any escape code. */
const longestEscape = 256;

/** The guest's serial console: lines without escape codes and without our secrets. */
export interface Console {
  /** Bytes heard so far, as a sign of life. */
  readonly bytesReceived: () => number;
  readonly tail: () => string;
  /** The first line heard so far that matches. */
  readonly firstMatch: (pattern: RegExp) => string | undefined;
  /** Whether there is one. */
  readonly matches: (pattern: RegExp) => boolean;
  readonly send: (text: string) => void;
}

export interface ConsoleOptions {
  readonly onLine: (line: string) => void;
  readonly redact: (text: string) => string;
}

export function readConsole(socket: Socket, options: ConsoleOptions): Console {
  const lines: string[] = [];
  let heard = 0;
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("error", () => undefined);
  socket.on("data", (chunk: string) => {
    heard += chunk.length;
    const parts = (rest + chunk).split(/\r?\n|\r/);
    rest = shortened(parts.pop() ?? "", options.redact);
    for (const part of parts) {
      const line = options.redact(plainText(part)).trimEnd();
      if (line === "") continue;
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      options.onLine(line);
    }
  });
  const all = (): string[] => [...lines, options.redact(plainText(rest))].filter((it) => it !== "");
  return {
    bytesReceived: () => heard,
    tail: () => all().slice(-tailLines).join("\n"),
    firstMatch: (pattern) => all().find((line) => pattern.test(line)),
    matches: (pattern) => all().some((line) => pattern.test(line)),
    send: (text) => void socket.write(text),
  };
}

/**
 * The end of a line that is too long to be kept. Its secrets go before it is cut: of one that the cut runs through, the
 * second half would not be known any more. One that is still coming stands at the end, which stays.
 */
function shortened(line: string, redact: (text: string) => string): string {
  if (line.length <= 2 * keptCharacters) return line;
  // Half an escape code would stay as text when the other half comes.
  const escape = line.indexOf("\u001b", line.length - longestEscape);
  const whole = escape === -1 ? line.length : line.lastIndexOf("\u001b");
  return redact(plainText(line.slice(0, whole))).slice(-keptCharacters) + line.slice(whole);
}

/** The end of a serial log that QEMU has written, in which no secret stands any more. */
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

/** What a guest wrote, line by line, as it can be shown. */
export function plainLines(text: string): string[] {
  return text.split(/\r?\n|\r/).map((line) => plainText(line).trimEnd());
}

/** GRUB's screen is full of escape codes, systemd sends whole strings: they, and other control characters, go. */
export function plainText(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      .replace(/\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "")
      // eslint-disable-next-line no-control-regex -- as above
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78cDEHM])/g, "")
      // eslint-disable-next-line no-control-regex -- as above
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
  );
}
