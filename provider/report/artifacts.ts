import type { Publication } from "../schema/state";
import { facts, reference, referenceIf } from "./facts";
import { html, type Html } from "./html";
import type { Section } from "./page";
import type { Report } from "./report";
import { exactSize } from "./format";

export function artifactsSection({ artifacts, pending }: Report): Section | undefined {
  if (artifacts.length === 0 && pending.length === 0) return undefined;
  return {
    id: "artifacts",
    title: "Artifacts",
    body: html`${artifacts.map(artifact)}
    ${pending.length === 0 ? undefined : html`<p>Not published yet: ${names(pending)}.</p>`}`,
  };
}

function artifact(publication: Publication): Html {
  const { format, target, uri, url, sizeBytes, sha256, mediaType, encoder } = publication;
  const of = `of ${format} at ${target}`;
  return html`<article>
    <h3>${format} <span class="at">at ${target}</span></h3>
    ${facts([
      { name: "Size", value: exactSize(sizeBytes) },
      { name: "SHA-256", value: referenceIf(sha256, `SHA-256 ${of}`) },
      { name: "URI", value: reference(uri, `URI ${of}`) },
      { name: "URL", value: url === uri ? undefined : reference(url, `URL ${of}`) },
      { name: "Media type", value: mediaType },
      { name: "Encoder", value: encoder === "none" ? undefined : encoder },
    ])}
  </article>`;
}

function names(pending: Report["pending"]): string {
  return pending.map(({ format, target }) => `${format} at ${target}`).join(", ");
}
