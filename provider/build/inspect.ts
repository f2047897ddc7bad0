import type { InstallerKind } from "../spec/names";
import { inspectIso } from "../system/iso";
import { checkInstaller } from "../system/iso-check";
import { log, stage, warn, type Build, type Installer } from "./build";

/** Looks at the installer before minutes are spent on it; answers what kind it is. */
export async function inspectInstaller(build: Build, installer: Installer): Promise<InstallerKind> {
  return stage(build, "inspect", build.plan.timeouts.fetch, async ({ plan, request, signal }) => {
    const report = await inspectIso(installer.path, signal);
    checkInstaller(report, {
      firmware: plan.machine.firmware,
      autoInstall: installsByItself(request.userData),
      diskSize: plan.machine.diskSize,
    });
    for (const { path } of report.configurations) {
      warn(build, `The installer carries a configuration of its own, which merges too: ${path}`);
    }
    const kind = plan.installer.kind === "auto" ? report.kind : plan.installer.kind;
    log(build, `The installer "${report.volumeLabel}" is taken as ${kind}.`);
    return kind;
  });
}

function installsByItself(userData: Readonly<Record<string, unknown>>): boolean {
  const install = userData["install"];
  return (
    typeof install === "object" && install !== null && "auto" in install && install.auto === true
  );
}
