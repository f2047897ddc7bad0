import { createHash } from "node:crypto";
import { html, Html } from "./html";
import { script } from "./script";
import { style } from "./style";

/** A section of the report, with a heading and an entry in the navigation. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export interface Page {
  readonly title: string;
  readonly header: Html;
  readonly sections: readonly Section[];
  readonly footer: Html;
}

/** A complete HTML document that loads nothing from the network. */
export function page({ title, header, sections, footer }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy()}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${element("style", style)}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          ${header}
          <nav aria-label="Sections">
            <ul>
              ${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main id="content" tabindex="-1">${sections.map(sectionMarkup)}</main>
        <footer>${footer}</footer>
        <p class="visually-hidden" id="status" role="status"></p>
        ${element("script", script)}
      </body>
    </html> `.toString();
}

function sectionMarkup({ id, title, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section>`;
}

/** The text without added white space, because the policy holds its hash. */
function element(name: "style" | "script", text: string): Html {
  return new Html(`<${name}>${text}</${name}>`);
}

/** Allows only the page's own style and script: text of a guest could run and load nothing even if it became markup. */
function policy(): string {
  return [
    "default-src 'none'",
    "img-src data:",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
