import { html, type Html } from "./html";

/** A name and what is to be said of it. */
export interface Fact {
  readonly name: string;
  readonly value: string | Html | undefined;
}

/** A list of facts; those without a value are left out. */
export function facts(list: readonly Fact[]): Html {
  const there = list.filter(({ value }) => value !== undefined && value !== "");
  return html`<dl class="facts">
    ${there.map(
      ({ name, value }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A reference to be copied whole; `of` says to a screen reader what the button copies. */
export function reference(text: string, of: string): Html {
  return html`<span class="reference"
    ><code>${text}</code
    ><button type="button" class="copy" hidden>Copy<span class="unseen"> ${of}</span></button></span
  >`;
}

/** The same of what may not be known. */
export function referenceIf(text: string | undefined, of: string): Html | undefined {
  return text === undefined ? undefined : reference(text, of);
}
