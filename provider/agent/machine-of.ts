import type { Head } from "../plan/record";
import type { KeyedBuild } from "./context";

/** The build with the machine that an existing image needs: a plan that adopts one does not tell its firmware and disk size. */
export function machineOf(
  build: KeyedBuild,
  { firmware, virtualSizeBytes: diskSize }: Pick<Head, "firmware" | "virtualSizeBytes">,
): KeyedBuild {
  const { machine } = build.plan;
  const secureBoot = machine.secureBoot && firmware === "uefi";
  return {
    ...build,
    plan: { ...build.plan, machine: { ...machine, firmware, secureBoot, diskSize } },
  };
}
