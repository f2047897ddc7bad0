import { isKernelLine, shapeOf } from "./news";
import {
  goesOn,
  goingDown,
  mostLines,
  signsOfWaiting,
  type SignOfWaiting,
  type Wait,
} from "./signs-of-waiting";

/** The text that shows what a silent machine waits for. It counts only after some silence, because it may be in passing. */
export interface LastWords {
  readonly wait: Wait;
  /** The line, with its secrets until the run has ended; then empty if they cannot be masked. */
  readonly line: string;
}

/** What a console or a screen shows. */
export interface Output {
  readonly lines: readonly string[];
  /** The last of the lines, if it has not ended. */
  readonly openLine: string | undefined;
}

/** From here on the boot loader's work is done. */
export const started =
  /^Booting [`'‘]|^Loading (?:Linux|initial ramdisk|\S+\.{3})|^EFI stub: |\bBdsDxe: (?:loading|starting) Boot/;
/** The kernel prints behind a prompt too. */
const kernelMessage = /(?<=\S)\s*\[\s*\d+\.\d{6}\].*$/;
/** The machine goes on by itself. */
const countdown = /\b(?:in|within|after|for)\s+\d+\s?(?:s|secs?|seconds?)\b/i;
/** A bar, with nothing else beside its percentage than what it is drawn with. */
const progress = /^[^\p{L}\p{N}]*\d{1,3}\s?%[^\p{L}\p{N}]*$/u;
const question = /\?$|\[!{1,2}\] /;
/** Of a longer line, only so many characters at its beginning and at its end are examined. */
const examinedCharacters = 300;

/** What the last lines of an output say that the machine waits for; undefined if they do not say it. */
export function lastWordsIn(output: Output, ignored: readonly Wait[] = []): LastWords | undefined {
  const { said, isOpen } = saidIn(output);
  const isGoingDown = said.some((line) => goingDown.test(line));
  for (const sign of signsOfWaiting) {
    const { wait, within } = sign;
    if (ignored.includes(wait) || (sign.isOpen === true && !isOpen)) continue;
    const last = said.slice(-within);
    const at = last.findLastIndex((line, index) => fits(sign, line, last.slice(0, index)));
    const line = last[at];
    if (line === undefined) continue;
    const isFailure = wait === "refusal" || wait === "full disk";
    if (isFailure && (isGoingDown || last.slice(at + 1).some((it) => goesOn.test(it)))) continue;
    const canGoOn = wait === "boot menu" || wait === "answer";
    if (canGoOn && last.some((it) => countdown.test(it))) continue;
    if (wait === "answer" && isProgress(last)) continue;
    return { wait, line: cause(sign, last, at, line) };
  }
  return undefined;
}

/** The last lines since the boot loader's end, as far as they are examined, and whether the last one has not ended. */
function saidIn({ lines, openLine }: Output): { said: readonly string[]; isOpen: boolean } {
  const kept = withoutRedrawn(lines)
    .filter((line) => /[\p{L}\p{N}>#$?]/u.test(line) && !isKernelLine(line))
    .slice(-mostLines);
  const last = kept.at(-1);
  // If the kernel has ended the line of a prompt, it is still a prompt.
  const isOpen = last !== undefined && (last === openLine || kernelMessage.test(last));
  const said = kept.map((line) => line.replace(kernelMessage, "").trim());
  return { said: said.slice(said.findLastIndex((line) => started.test(line)) + 1), isOpen };
}

function fits({ pattern, after }: SignOfWaiting, line: string, before: readonly string[]): boolean {
  if (!pattern.test(examined(line))) return false;
  return after === undefined || before.some((it) => after.test(examined(it)));
}

function examined(line: string): string {
  if (line.length <= 2 * examinedCharacters) return line;
  return `${line.slice(0, examinedCharacters)} ${line.slice(-examinedCharacters)}`;
}

/** Whether the last dialog has a bar: its button to cancel is no question. */
function isProgress(lines: readonly string[]): boolean {
  const dialog = lines.slice(lines.findLastIndex((line) => question.test(line)) + 1);
  return dialog.some((line) => progress.test(line));
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
function cause(
  { wait, after }: SignOfWaiting,
  lines: readonly string[],
  at: number,
  line: string,
): string {
  if (after !== undefined) return lines.slice(0, at).findLast((it) => after.test(it)) ?? line;
  if (wait === "answer") return questionIn(lines, line);
  if (wait !== "refusal" && wait !== "emergency shell") return line;
  const ofTheSame = signsOfWaiting.filter((sign) => sign.wait === wait && !sign.after);
  return lines.find((it) => ofTheSame.some(({ pattern }) => pattern.test(examined(it)))) ?? line;
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
