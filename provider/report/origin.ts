import { formatSize } from "../base/size";
import { facts, reference, referenceIf } from "./facts";
import { exactSize } from "./format";
import { type Html, html } from "./html";
import type { Section } from "./page";
import type { Report, ReportedInstaller, ReportedPartition } from "./report";

/** The inputs of the build, and the keys that follow from them. */
export function originSection(report: Report): Section {
  const { image, userData, installer } = report;
  const secureBoot = image.secureBoot ? " with Secure Boot" : "";
  const machine = `${image.firmware}${secureBoot}, ${networks[image.network]}`;
  return {
    id: "origin",
    title: "Inputs",
    body: html`${facts([
      ...(installer === undefined ? [] : installerFacts(installer)),
      { name: "Disk", value: formatSize(image.diskBytes) },
      { name: "Machine", value: machine },
      { name: "Recipe", value: image.recipe },
      { name: "Install key", value: referenceIf(image.installKey, "install key") },
      { name: "Content digest", value: referenceIf(image.contentDigest, "content digest") },
    ])}
    ${userData === undefined ? undefined : userDataDetails(userData)}`,
  };
}

function installerFacts(installer: ReportedInstaller) {
  const { from, sha256, validator, kind, volumeLabel, sizeBytes } = installer;
  const label = volumeLabel === undefined ? undefined : `"${volumeLabel}"`;
  return [
    { name: "Installer", value: reference(from, "installer") },
    { name: "SHA-256 of the installer", value: referenceIf(sha256, "SHA-256 of the installer") },
    { name: "Validator", value: sha256 === undefined ? validator : undefined },
    { name: "Installer kind", value: [kind, label].filter((it) => it !== undefined).join(", ") },
    {
      name: "Size of the installer",
      value: sizeBytes === undefined ? undefined : exactSize(sizeBytes),
    },
  ];
}

const networks = { isolated: "isolated network", user: "user-mode network" } as const;

function userDataDetails(userData: string): Html {
  return html`<details>
    <summary>Structure of the user-data</summary>
    <pre class="log" tabindex="0" role="region" aria-label="User-data">${userData}</pre>
  </details>`;
}

/** The partitions that the install created. */
export function partitionsSection({ disk }: Report): Section | undefined {
  if (disk === undefined) return undefined;
  return {
    id: "partitions",
    title: "Partitions",
    body: html`<p>${tables[disk.table]}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Label</th>
            <th scope="col">File system</th>
            <th scope="col">Size</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          ${disk.partitions.map(row)}
        </tbody>
      </table>`,
  };
}

const tables = {
  gpt: "GUID partition table (GPT).",
  dos: "MBR partition table.",
  none: "No partition table.",
} as const;

function row({ number, name, sizeBytes, fileSystem, health }: ReportedPartition): Html {
  return html`<tr>
    <th scope="row">${number}</th>
    <td>${fileSystem?.label ?? name}</td>
    <td>${fileSystem?.type}</td>
    <td>${formatSize(sizeBytes)}</td>
    <td>${health}</td>
  </tr>`;
}
