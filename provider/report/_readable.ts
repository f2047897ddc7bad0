import { html } from "./html";
import type { Section } from "./page";
import type { Report } from "./report";

/** What no care at building takes away: the image needs it, and so it can be read in it. */
export function readableSection({ readable, userData }: Report): Section | undefined {
  if (userData === undefined) return undefined;
  const body =
    readable.length === 0
      ? html`<p>No token, password or key of the user-data.</p>`
      : html`<p>
            Whoever has the image can read in it what the user-data says at these places; a Kairos
            system keeps it in <code>/oem/90_custom.yaml</code>.
          </p>
          <ul>
            ${readable.map((path) => html`<li><code>${path}</code></li>`)}
          </ul>`;
  return { id: "readable", title: "Secrets that the image holds", body };
}
