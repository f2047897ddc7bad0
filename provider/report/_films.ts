import { html, type Html } from "./html";
import type { Section } from "./page";
import type { Film, Picture, Report } from "./report";
import { duration } from "./format";

/** What the machines' screens showed. */
export function filmsSection({ films }: Report): Section | undefined {
  if (films.length === 0) return undefined;
  return { id: "screens", title: "Screens", body: html`${films.map(strip)}` };
}

function strip({ title, withheld, pictures }: Film, index: number): Html {
  const frames = pictures.map((picture, place) =>
    frame(picture, title, `screen-${index + 1}-${place + 1}`),
  );
  return html`<h3>${title}</h3>
    ${withheld === undefined ? undefined : html`<p>${withheld}</p>`}
    ${frames.length === 0 ? undefined : html`<div class="strip">${frames}</div>`}`;
}

/** A link to itself, which makes it large: that needs no script. */
function frame({ at, width, height, png }: Picture, title: string, id: string): Html {
  const when = duration(at);
  const name = `Screen ${when} after the start: ${title}`;
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
