import { installsByItself } from "../../agent/stages/inspect";
import type { BuildRequest } from "../../plan/plan";
import type { InstallerKind } from "../../schema/names";
import { inspectIso } from "../../system/iso/inspect";
import { checkInstaller } from "../../system/iso/check";
import { note } from "../terminal/output";

/**
 * What the installer is. One that lies here is looked into as before a build: an install that cannot end well is refused
 * now. One behind a URL is what `--kind` says, or what Palette's installers are.
 */
export async function inspectInstaller(
  { plan, userData }: BuildRequest,
  signal: AbortSignal,
): Promise<InstallerKind> {
  const { source, kind } = plan.installer;
  if (source.type === "path") {
    const report = await inspectIso(source.path, signal);
    checkInstaller(report, {
      firmware: plan.machine.firmware,
      autoInstall: installsByItself(userData),
      diskSize: plan.machine.diskSize,
    });
    return kind === "auto" ? report.kind : kind;
  }
  if (kind !== "auto") return kind;
  note("The installer is not looked into, and taken as kairos; --kind says otherwise.");
  return "kairos";
}
