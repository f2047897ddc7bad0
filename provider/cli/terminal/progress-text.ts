import { stripVTControlCharacters } from "node:util";
import type { AgentEvent } from "../../plan/events";
import { describeSeconds } from "../../plan/progress-rate";
import { formatSize } from "../../base/size";
import type { Theme } from "./theme";

export type StageEvent = Extract<AgentEvent, { type: "stage" }>;
type LogEvent = Extract<AgentEvent, { type: "log" }>;
export type ProgressEvent = Extract<AgentEvent, { type: "progress" }>;

export function describeStage(event: StageEvent): string {
  const { stage, state, seconds, detail, expectedSeconds: expected } = event;
  const added = detail === undefined ? "" : ` (${detail})`;
  switch (state) {
    case "started": {
      const usual = expected === undefined ? "" : `; earlier runs took ${expected.toFixed(1)} s`;
      return `${stage}: started${added}${usual}`;
    }
    case "finished":
      return `${stage}: finished${seconds === undefined ? "" : ` in ${seconds.toFixed(1)} s`}${added}`;
    case "skipped":
      return `${stage}: skipped${added}`;
  }
}

/** `qcow2: 1.2 GiB of 3 GiB (40 %), 12 MiB/s` */
export function describeProgress(event: ProgressEvent, rate: number | undefined): string {
  const what = event.what === undefined ? "" : `${plainText(event.what)}: `;
  const percent = percentOf(event);
  if (event.unit === "percent") return `${what}${percent ?? event.done} %`;
  const total = event.total === undefined ? "" : ` of ${formatSize(event.total)}`;
  const part = percent === undefined ? "" : ` (${percent} %)`;
  const speed = rate === undefined || rate < 1 ? "" : `, ${formatSize(Math.round(rate))}/s`;
  return `${what}${formatSize(event.done)}${total}${part}${speed}`;
}

/** A whole number from 0 to 100, or undefined if the total is unknown. */
function percentOf({ done, total, unit }: ProgressEvent): number | undefined {
  const whole = unit === "percent" ? (total ?? 100) : total;
  if (whole === undefined || whole <= 0) return undefined;
  return Math.min(100, Math.max(0, Math.floor((done / whole) * 100)));
}

/** `, 40 s left`, or nothing if the time is unknown. */
export function describeLeft(seconds: number | undefined): string {
  return seconds === undefined ? "" : `, ${describeSeconds(seconds)} left`;
}

/** The line of a log message. */
export function messageLine({ level, message }: LogEvent, { paint }: Pick<Theme, "paint">): string {
  switch (level) {
    case "info":
      return message;
    case "warning":
      return `${paint("warning:", "warning")} ${message}`;
  }
}

/**
 * Guest output as one line without control characters: it must not move the cursor, ring the bell or change the
 * direction of the text after it.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Control}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\p{Format}+/gu, "")
    .toWellFormed()
    .trim();
}
