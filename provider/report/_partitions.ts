import { formatSize } from "../base/size";
import { html, type Html } from "./html";
import type { Section } from "./page";
import type { Report, ReportedPartition } from "./report";

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
