import { rm } from "node:fs/promises";
import { standInInstaller } from "../servers/stand-in";
import { runAgent } from "./agent-run";
import { printRatio, printTable } from "./table";

/** Memory must not grow with the disk: the same build with a disk ten times as large. */
export async function peakMemory(): Promise<void> {
  const installer = await standInInstaller();
  const rows = [];
  for (const diskSize of ["1TiB", "100GiB"]) {
    const run = await runAgent({
      installer,
      machine: { diskSize, memory: "1536MiB", accelerator: "tcg" },
      formats: ["raw", "qcow2"],
    });
    rows.push({ name: `agent, disk of ${diskSize}`, values: [run.peakMiB] });
    await rm(run.folder, { recursive: true, force: true });
  }
  printTable("Peak memory of the agent's process", "MiB", rows);
  const [large, small] = rows;
  if (large !== undefined && small !== undefined) printRatio("1 TiB / 100 GiB", large, small);
}
