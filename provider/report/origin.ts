import { formatSize } from "../base/size";
import { facts, reference, referenceIf } from "./facts";
import { exactSize } from "./format";
import { type Html, html } from "./html";
import type { Section } from "./page";
import type { Report, ReportedInstaller, ReportedPartition } from "./report";

/** What was built from what. */
export function originSection(report: Report): Section {
  const { image, userData, installer } = report;
  const machine = `${image.firmware}${image.secureBoot ? " with secure boot" : ""}, ${network(image.network)}`;
  return {
    id: "origin",
    title: "What was built from what",
    body: html`${facts([
      ...(installer === undefined ? [] : ofInstaller(installer)),
      { name: "Disk", value: formatSize(image.diskBytes) },
      { name: "Machine", value: machine },
      { name: "Recipe", value: image.recipe },
      { name: "Install key", value: referenceIf(image.installKey, "install key") },
      { name: "Content digest", value: referenceIf(image.contentDigest, "content digest") },
    ])}
    ${userData === undefined ? undefined : seed(userData)}`,
  };
}

function ofInstaller({ from, sha256, validator, kind, volumeLabel, sizeBytes }: ReportedInstaller) {
  const label = volumeLabel === undefined ? undefined : `"${volumeLabel}"`;
  return [
    { name: "Installer", value: reference(from, "installer") },
    { name: "SHA-256 of the installer", value: referenceIf(sha256, "SHA-256 of the installer") },
    { name: "Validator", value: sha256 === undefined ? validator : undefined },
    { name: "Taken as", value: [kind, label].filter((it) => it !== undefined).join(", ") },
    {
      name: "Size of the installer",
      value: sizeBytes === undefined ? undefined : exactSize(sizeBytes),
    },
  ];
}

function network(mode: "isolated" | "user"): string {
  return mode === "isolated" ? "without a network" : "with a network of its own";
}

function seed(userData: string): Html {
  return html`<details>
    <summary>User-data, with its secrets masked</summary>
    <pre class="log" tabindex="0" role="region" aria-label="User-data">${userData}</pre>
  </details>`;
}

/** What the install left on the disk. */
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
  gpt: "A GUID partition table.",
  dos: "A partition table of the old kind (MBR).",
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
