import type { Socket } from "node:net";
import { readLogExcerpt } from "../../system/files/log-excerpt";
import { newsFilter } from "./news";
import { hasRows, plainLines, plainText, rowsIn } from "./terminal-text";

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
  /** Grows with each line that is news; not with a clock, a status line or a message of the kernel. */
  readonly news: () => number;
  /** The lines received and kept so far, with their secrets. The last one may not have ended. */
  readonly lines: () => readonly string[];
  /** The last of these lines, if it has not ended. */
  readonly openLine: () => string | undefined;
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
  const filter = newsFilter();
  let received = 0;
  let news = 0;
  let rest = "";
  const countNews = (line: string): void => {
    if (filter.isNews(line)) news += 1;
  };
  socket.setEncoding("utf8");
  socket.on("error", () => undefined);
  socket.on("data", (chunk: string) => {
    received += chunk.length;
    const parts = (rest + chunk).split(/\r?\n|\r/);
    rest = shortened(parts.pop() ?? "", options.redact);
    for (const line of parts.flatMap((part) => shownRows(part, options.redact))) {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      countNews(line);
      options.onLine(options.redact(line));
    }
  });
  const all = (): string[] => [...lines, ...restRows(rest, options.redact)];
  return {
    bytesReceived: () => received,
    news: () => {
      shownRows(rest, options.redact).forEach(countNews);
      return news;
    },
    lines: all,
    openLine: () => restRows(rest, options.redact).at(-1),
    tail: () => quotedTail(all().map(options.redact)),
    firstMatch: (pattern) => all().find((line) => pattern.test(line)),
    matches: (pattern) => all().some((line) => pattern.test(line)),
    send: (text) => void socket.write(text),
  };
}

/** The rows of a line that has not ended: the blank behind a prompt stays. */
function restRows(rest: string, redact: (text: string) => string): string[] {
  const rows = shownRows(rest, redact);
  return rows.length === 1 && !hasRows(rest) ? [plainText(rest)] : rows;
}

/** The rows of a line; the whole line if it has a secret that is spread over several rows and could not be masked there. */
function shownRows(line: string, redact: (text: string) => string): string[] {
  const rows = rowsIn(line);
  if (rows.length < 2) return rows;
  const joined = plainText(line);
  const isSecret = redact(joined) !== joined;
  return isSecret ? [joined.trim()] : rows;
}

/** The end of some lines, as an error quotes it. */
export function quotedTail(lines: readonly string[]): string {
  return lines.slice(-tailLines).join("\n");
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
  return quotedTail(plainLines(tail).filter((line) => line.trim() !== ""));
}

/** The console of a machine that never started. */
export const silentConsole: Console = {
  bytesReceived: () => 0,
  news: () => 0,
  lines: () => [],
  openLine: () => undefined,
  tail: () => "",
  firstMatch: () => undefined,
  matches: () => false,
  send: () => undefined,
};
