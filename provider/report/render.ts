import { artifactsSection, provenanceSection, plaintextSection } from "./artifacts";
import { consolesSection, screenshotsSection } from "./evidence";
import { causeSection, messagesSection } from "./failure";
import { html, type Html } from "./html";
import { originSection, partitionsSection } from "./origin";
import { page, type Section } from "./page";
import type { Report } from "./report";
import { timelineSection } from "./timeline";
import { duration, moment } from "./format";

/** The report as a self-contained HTML page. The same data gives the same text. */
export function renderReport(report: Report): string {
  const timeline = timelineSection(report);
  const evidence = [screenshotsSection(report), consolesSection(report)];
  const artifacts = artifactsSection(report);
  const origin = originSection(report);
  const sections: readonly (Section | undefined)[] = [
    causeSection(report),
    // The evidence of a failure comes first.
    ...(report.error === undefined
      ? [artifacts, origin, timeline, ...evidence]
      : [...evidence, timeline, artifacts, origin]),
    partitionsSection(report),
    plaintextSection(report),
    messagesSection(report),
    provenanceSection(report),
  ];
  return page({
    title: `${report.name}: ${report.error?.code ?? "built"}`,
    header: headerOf(report),
    sections: sections.filter((section) => section !== undefined),
    footer: html`<p>
      Written by pulumi-stylus-image ${report.program.version}. This page loads nothing from the
      network.
    </p>`,
  });
}

function headerOf(report: Report): Html {
  const verdict =
    report.error === undefined
      ? html`<p class="verdict good">Built</p>`
      : html`<p class="verdict bad">Failed: ${report.error.code}</p>`;
  return html`${verdict}
    <h1>${report.name}</h1>
    <p>${moment(report.begun)}, ${duration(report.seconds)}</p>`;
}
