import { html, type Html } from "./html";

/** A row of a list of facts. */
export interface Fact {
  readonly name: string;
  readonly value: string | Html | undefined;
}

/** A list of facts, without those that have no value. */
export function facts(list: readonly Fact[]): Html {
  const known = list.filter(({ value }) => value !== undefined && value !== "");
  return html`<dl class="facts">
    ${known.map(
      ({ name, value }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Text with a button that copies it. A screen reader announces the button as "Copy" and `what`. */
export function reference(text: string, what: string): Html {
  return html`<span class="reference"
    ><code>${text}</code
    ><button type="button" class="copy" hidden>
      Copy<span class="visually-hidden"> ${what}</span>
    </button></span
  >`;
}

/** The same for text that may not be known. */
export function referenceIf(text: string | undefined, what: string): Html | undefined {
  return text === undefined ? undefined : reference(text, what);
}
