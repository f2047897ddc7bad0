import { formatSize } from "../base/size";
import { facts } from "./facts";
import type { Section } from "./page";
import type { Report } from "./report";

/** With what it was built. */
export function provenanceSection({ host, program, owner }: Report): Section {
  const ofHost =
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
      ...ofHost,
    ]),
  };
}
