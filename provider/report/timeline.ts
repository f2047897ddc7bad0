import { formatSize } from "../base/size";
import { html, type Html } from "./html";
import type { Section } from "./page";
import type { Report, ReportedStage } from "./report";
import { duration } from "./format";

/** The stages in order, each with a bar for its share of the build's time. */
export function timelineSection({ stages, seconds }: Report): Section | undefined {
  if (stages.length === 0) return undefined;
  const whole = Math.max(seconds, ...stages.map((stage) => stage.start + stage.seconds), 0.001);
  return {
    id: "timeline",
    title: "Timeline",
    body: html`<ol class="timeline">
      ${stages.map((stage) => row(stage, whole))}
    </ol>`,
  };
}

function row(stage: ReportedStage, whole: number): Html {
  const { detail, bytes } = stage;
  return html`<li class="${stage.state}">
    <span class="stage">${stage.stage}</span>
    <span class="took">${took(stage)}</span>
    <span class="bytes">${bytes === undefined ? undefined : formatSize(bytes)}</span>
    <span class="detail">${detail}</span>
    ${stage.state === "skipped" ? undefined : bar(stage, whole)}
  </li>`;
}

function took({ state, seconds }: ReportedStage): string {
  switch (state) {
    case "finished":
      return duration(seconds);
    case "failed":
      return `failed after ${duration(seconds)}`;
    case "skipped":
      return "skipped";
  }
}

/** Attributes instead of styles, because the page's policy does not allow style attributes. */
function bar({ start, seconds }: ReportedStage, whole: number): Html {
  const x = (start / whole) * 100;
  const width = Math.max((seconds / whole) * 100, 0.5);
  return html`<svg
    viewBox="0 0 100 1"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="track" width="100" height="1"></rect>
    <rect x="${Math.min(x, 99.5).toFixed(2)}" width="${width.toFixed(2)}" height="1"></rect>
  </svg>`;
}
