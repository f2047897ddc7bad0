import { isKernelLine, shapeOf } from "./news";
import { mostLines, signsOfWaiting, type Wait } from "./signs-of-waiting";

/** The text that shows what a silent machine waits for. It counts only after some silence, because it may be in passing. */
export interface LastWords {
  readonly wait: Wait;
  /** The line, with its secrets. */
  readonly line: string;
}

/** From here on the boot loader's work is done. */
const started =
  /^Booting [`'‘]|^Loading (?:Linux|initial ramdisk|\S+\.{3})|^EFI stub: |\bBdsDxe: (?:loading|starting) Boot/;
/** The kernel prints behind a prompt too. */
const kernelMessage = /(?<=\S)\s*\[\s*\d+\.\d{6}\].*$/;
/** The machine goes on by itself. */
const countdown = /\b(?:in|within|after|for)\s+\d+\s?(?:s|secs?|seconds?)\b/i;

/** What the last lines of a console or a screen say that the machine waits for; undefined if they do not say it. */
export function lastWordsIn(lines: readonly string[]): LastWords | undefined {
  const said = withoutRedrawn(lines)
    .map((line) => line.replace(kernelMessage, "").trim())
    .filter((line) => /[\p{L}\p{N}>#$?]/u.test(line) && !isKernelLine(line))
    .slice(-mostLines);
  const sinceStart = said.slice(said.findLastIndex((line) => started.test(line)) + 1);
  for (const { wait, within, pattern } of signsOfWaiting) {
    const last = sinceStart.slice(-within);
    const line = last.findLast((it) => pattern.test(it));
    if (line === undefined) continue;
    const canGoOn = wait === "boot menu" || wait === "answer";
    if (canGoOn && last.some((it) => countdown.test(it))) continue;
    return { wait, line: cause(wait, last, line) };
  }
  return undefined;
}

/** A clock or a status line is drawn again and again: of all its forms, only the last one is kept. */
function withoutRedrawn(lines: readonly string[]): string[] {
  const kept = new Map<string, string>();
  for (const line of lines) {
    const shape = shapeOf(line);
    // The line moves to the end.
    kept.delete(shape);
    kept.set(shape, line);
  }
  return [...kept.values()];
}

/** The line that says most: the question of a dialog, or the first message of a failure. */
function cause(wait: Wait, lines: readonly string[], line: string): string {
  if (wait === "answer") return questionIn(lines, line);
  if (wait !== "refusal" && wait !== "emergency shell") return line;
  const ofTheSame = signsOfWaiting.filter((sign) => sign.wait === wait);
  return lines.find((it) => ofTheSame.some(({ pattern }) => pattern.test(it))) ?? line;
}

/** The question of a dialog, rather than its buttons. */
function questionIn(dialog: readonly string[], line: string): string {
  if (!/[<[](?:Go Back|Yes|No|Ok|OK|Tab|Continue|Cancel|Next|Abort|Back)\b/.test(line)) return line;
  return (
    dialog.findLast((it) => it.endsWith("?")) ??
    dialog.findLast((it) => /\[!{1,2}\] /.test(it)) ??
    line
  );
}
