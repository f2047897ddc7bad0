import { stripVTControlCharacters } from "node:util";
import type { AgentEvent } from "../plan/events";
import { formatSize } from "../spec/size";

export type StageEvent = Extract<AgentEvent, { type: "stage" }>;
export type ProgressEvent = Extract<AgentEvent, { type: "progress" }>;

export function describeStage({ stage, state, seconds, detail }: StageEvent): string {
  const added = detail === undefined ? "" : ` (${detail})`;
  switch (state) {
    case "started":
      return `${stage}: started${added}`;
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

/** A whole number from 0 to 100, or undefined where nobody knows the end. */
export function percentOf({ done, total, unit }: ProgressEvent): number | undefined {
  const whole = unit === "percent" ? (total ?? 100) : total;
  if (whole === undefined || whole <= 0) return undefined;
  return Math.min(100, Math.max(0, Math.floor((done / whole) * 100)));
}

const barWidth = 20;

/** `[#####---------------]`, or nothing where nobody knows the end. */
export function drawBar(percent: number | undefined): string {
  if (percent === undefined) return "";
  const full = Math.round((percent / 100) * barWidth);
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}

/** One line without anything that moves the cursor or rings: the guest writes what it likes. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{Control}+/gu, " ")
    .trim();
}
