import { formatSize } from "../base/size";
import { duration, moment } from "./format";
import { type Html, html } from "./html";
import type { Section } from "./page";
import type { ConsoleExcerpt, ScreenshotSeries, Screenshot, Report } from "./report";

/** The serial console of each machine. */
export function consolesSection({ consoles }: Report): Section | undefined {
  if (consoles.length === 0) return undefined;
  return { id: "console", title: "Serial console", body: html`${consoles.map(excerpt)}` };
}

function excerpt(console: ConsoleExcerpt, index: number): Html {
  const { title, written, omittedBytes, file } = console;
  const id = `console-${index + 1}`;
  const omitted =
    omittedBytes === 0
      ? undefined
      : html`<p>
          ${formatSize(omittedBytes)} in the middle are omitted here; the complete log is
          <code>${file}</code> on the build host.
        </p>`;
  return html`<div class="console">
    <h3 id="${id}">${title} <span class="at">until ${moment(written)}</span></h3>
    ${omitted}
    <div class="search" role="search" aria-label="${title}" hidden>
      <label for="${id}-search">Search</label>
      <input
        id="${id}-search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        placeholder="Enter: next, Shift+Enter: previous"
      />
      <output for="${id}-search" aria-live="polite"></output>
    </div>
    <pre class="log" tabindex="0" role="region" aria-labelledby="${id}">${textOf(console)}</pre>
  </div>`;
}

function textOf({ head, tail, omittedBytes }: ConsoleExcerpt): string {
  if (tail === undefined) return head;
  return `${head}\n\n[... ${formatSize(omittedBytes)} omitted ...]\n\n${tail}`;
}

/** Screenshots of each machine. */
export function screenshotsSection({ screenshots }: Report): Section | undefined {
  if (screenshots.length === 0) return undefined;
  return { id: "screenshots", title: "Screenshots", body: html`${screenshots.map(strip)}` };
}

function strip({ title, withheld, screenshots }: ScreenshotSeries, index: number): Html {
  const frames = screenshots.map((screenshot, place) =>
    frame(screenshot, title, `screenshot-${index + 1}-${place + 1}`),
  );
  return html`<h3>${title}</h3>
    ${withheld === undefined ? undefined : html`<p>${withheld}</p>`}
    ${frames.length === 0 ? undefined : html`<div class="strip">${frames}</div>`}`;
}

/** The link points to the figure itself: the style enlarges the target of the address, without a script. */
function frame({ at, width, height, png }: Screenshot, title: string, id: string): Html {
  const when = duration(at);
  const name = `Screenshot ${when} after the start: ${title}`;
  return html`<figure id="${id}">
    <a href="#${id}" aria-label="Enlarge: ${name}"
      ><img
        alt="${name}"
        width="${width}"
        height="${height}"
        src="data:image/png;base64,${png.toString("base64")}"
    /></a>
    <figcaption>${when}</figcaption>
  </figure>`;
}
