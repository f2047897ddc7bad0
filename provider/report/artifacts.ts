import { formatSize } from "../base/size";
import type { Publication } from "../schema/state";
import { facts, reference, referenceIf } from "./facts";
import { exactSize } from "./format";
import { type Html, html } from "./html";
import type { Section } from "./page";
import type { Report } from "./report";

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
  const what = `of ${format} at ${target}`;
  return html`<article>
    <h3>${format} <span class="at">at ${target}</span></h3>
    ${facts([
      { name: "Size", value: exactSize(sizeBytes) },
      { name: "SHA-256", value: referenceIf(sha256, `SHA-256 ${what}`) },
      { name: "URI", value: reference(uri, `URI ${what}`) },
      { name: "URL", value: url === uri ? undefined : reference(url, `URL ${what}`) },
      { name: "Media type", value: mediaType },
      { name: "Encoder", value: encoder === "none" ? undefined : encoder },
    ])}
  </article>`;
}

function names(pending: Report["pending"]): string {
  return pending.map(({ format, target }) => `${format} at ${target}`).join(", ");
}

/** The versions, the owner and the host of the build. */
export function provenanceSection({ host, program, owner }: Report): Section {
  const hostFacts =
    host === undefined
      ? []
      : [
          { name: "Accelerator", value: `${host.accelerator}: ${host.reason}` },
          { name: "Processors", value: `${host.cpus}, ${host.cpuModel}` },
          { name: "Memory", value: formatSize(host.memoryBytes) },
          ...Object.entries(host.tools).map(([name, value]) => ({ name, value })),
        ];
  return {
    id: "provenance",
    title: "Provenance",
    body: facts([
      { name: "pulumi-stylus-image", value: program.version },
      { name: "Owner", value: owner },
      { name: "Build host", value: program.system },
      { name: "Node.js", value: program.node },
      ...hostFacts,
    ]),
  };
}

/** Values that may be secret and that everyone with access to the image can read. */
export function plaintextSection({ plaintextSecrets, userData }: Report): Section | undefined {
  if (userData === undefined) return undefined;
  const body =
    plaintextSecrets.length === 0
      ? html`<p>None: no value of the user-data looks like a secret.</p>`
      : html`<p>
            Anyone with access to the image can read these values of the user-data; a Kairos system
            keeps them in <code>/oem/90_custom.yaml</code>.
          </p>
          <ul>
            ${plaintextSecrets.map((path) => html`<li><code>${path}</code></li>`)}
          </ul>`;
  return { id: "plaintext", title: "Secrets in plain text", body };
}
