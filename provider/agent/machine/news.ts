import { plainText } from "./terminal-text";

/** Tells output that shows progress from output that a waiting machine repeats. */
export interface NewsFilter {
  /**
   * Whether a line is news: its text was not seen before, apart from numbers and times, or a percentage, a count
   * ("3 of 12") or a size in it has grown.
   */
  readonly isNews: (line: string) => boolean;
}

/** More than any installer prints; the oldest are forgotten. */
const mostShapes = 20_000;
/** Lines are compared by their beginnings. */
const comparedCharacters = 300;

export function newsFilter(): NewsFilter {
  /** The largest progress that was seen, by the line's text without numbers. */
  const seen = new Map<string, number>();
  return {
    isNews: (line) => {
      const text = line.trim();
      if (!/[\p{L}\p{N}]/u.test(text) || isKernelLine(text)) return false;
      const shape = shapeOf(text);
      if (shape === "") return false;
      const progress = progressIn(text);
      const before = seen.get(shape);
      if (before !== undefined && progress <= before) return false;
      seen.delete(shape);
      seen.set(shape, progress);
      for (const oldest of seen.keys()) {
        if (seen.size <= mostShapes) break;
        seen.delete(oldest);
      }
      return true;
    },
  };
}

/**
 * Whether a line is of the kernel itself (`[   12.345678] clocksource: ...`). They come at any time, also from a kernel
 * whose installer waits for ever. Programs write to the same log: `[   12.345678] systemd[1]: ...`.
 */
export function isKernelLine(line: string): boolean {
  const message = /^\s*(?:<\d+>)?\[\s*\d+\.\d{6}\](?:\[\s*[TC]\d+\])?\s(.*)$/.exec(line)?.[1];
  return message !== undefined && !/^[\w.@-]+\[\d+\]: /.test(message);
}

/** A line without what a clock, a counter, a spinner or a bar changes in it. */
export function shapeOf(line: string): string {
  return plainText(line)
    .slice(0, comparedCharacters)
    .toLowerCase()
    .replace(/\b(?:mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?\b|\b[ap]m\b/g, "")
    .replace(/\b[\da-f]{2}(?:[:-][\da-f]{2}){5}\b|\b[\da-f]{8}(?:-[\da-f]{4,12}){4}\b/g, "0")
    .replace(/\d+(?:[.:,]\d+)*/g, "0")
    .replace(/\b(?:0x)?(?=[a-f]*0)[0a-f]{2,}\b/g, "0")
    .replace(/0\s?(?:ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b/g, "0t")
    .replace(/0t(?:[\s,]*(?:and\s)?0t)+/g, "0t")
    .replace(/[\u2500-\u259f\u2800-\u28ff]+/g, " ")
    .replace(/(^|[\s([])[|/\\*=#>.+-]+(?=$|[\s)\]])/g, "$1 ")
    .replace(/([|/\\*=+-])\1*(?:[|/\\*=+-])+/g, " ")
    .replace(/\.{2,}|\.$/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The largest of the percentages, counts ("3 of 12", "3/12") and sizes in a line; -1 if there is none. */
export function progressIn(line: string): number {
  let most = -1;
  // A line may have more numbers than a call may have arguments.
  const found = (value: number): void => {
    most = Math.max(most, value);
  };
  for (const [, percent] of line.matchAll(/(?<![\d.])(\d{1,3})(?:[.,]\d+)?\s?%/g)) {
    if (Number(percent) <= 100) found(Number(percent));
  }
  const counts =
    /(?<![\d/:.-])(\d{1,9})(?:\s?\/\s?|\s+of\s+)(\d{1,9})(?![\d/:.]|\s?(?:s|min|h|d)\b)/g;
  for (const [, done, all] of line.matchAll(counts)) {
    if (Number(done) <= Number(all)) found(Number(done));
  }
  for (const [, size, unit] of line.matchAll(/(?<![\d.])(\d+(?:\.\d+)?)\s?([kmgt])(?:i?b)\b/gi)) {
    found(Number(size) * 1024 ** ("kmgt".indexOf((unit ?? "").toLowerCase()) + 1));
  }
  return most;
}
