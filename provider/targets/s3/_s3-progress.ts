import type { Part } from "./parts";
import type { SentPart } from "./uploads";
import type { PublishOptions } from "../target";

/** Tells the sum over all parts, and never less than before: a repeated part starts at 0 again. */
export function progressOf(
  parts: readonly Part[],
  sent: ReadonlyMap<number, SentPart>,
  { onProgress }: PublishOptions,
): (number: number, sentBytes: number) => void {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const done = new Map(
    parts.filter(({ number }) => sent.has(number)).map(({ number, length }) => [number, length]),
  );
  let told = 0;
  return (number, sentBytes) => {
    done.set(number, sentBytes);
    const sum = [...done.values()].reduce((one, other) => one + other, 0);
    told = Math.max(told, sum);
    onProgress(told, total);
  };
}
