import { formatSize } from "../base/size";
import { html, type Html } from "./html";
import type { Section } from "./page";
import type { ConsoleExcerpt, Report } from "./report";
import { moment } from "./format";

/** What the guests said on their serial consoles. */
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
          ${formatSize(omittedBytes)} in the middle are left out here; all of it is in
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
  return `${head}\n\n[... ${formatSize(omittedBytes)} left out ...]\n\n${tail}`;
}
