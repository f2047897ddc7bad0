import type { InstallerKind } from "../../schema/names";
import { inspectIso, type IsoReport } from "../../system/iso/inspect";
import { checkInstaller } from "../../system/iso/check";
import { log, stage, type Build, type Installer } from "../context";
import { memoPerObject } from "../../base/memo";

/** An installer that was looked into. */
export interface Inspected extends IsoReport {
  /** What it is taken for: what the user says, or what was found. */
  readonly kind: InstallerKind;
}

const inspections = memoPerObject<Promise<Inspected>>();

/** Looks at the installer before minutes are spent on it; once in a build, for the disk and the ISO alike. */
export async function inspectInstaller(build: Build, installer: Installer): Promise<Inspected> {
  return inspections.get(build.request, () =>
    stage(build, "inspect", build.plan.timeouts.fetch, async ({ plan, request, signal }) => {
      const report = await inspectIso(installer.path, signal);
      checkInstaller(report, {
        firmware: plan.machine.firmware,
        autoInstall: installsByItself(request.userData),
        diskSize: plan.machine.diskSize,
      });
      const kind = plan.installer.kind === "auto" ? report.kind : plan.installer.kind;
      log(build, `The installer "${report.volumeLabel}" is taken as ${kind}.`);
      const { volumeLabel, sizeBytes } = report;
      build.journal.addNotes({ installer: { kind, volumeLabel, sizeBytes } });
      return { ...report, kind };
    }),
  );
}

/** Whether the user-data tells the installer to ask nobody. */
export function installsByItself(userData: Readonly<Record<string, unknown>>): boolean {
  const install = userData["install"];
  return (
    typeof install === "object" && install !== null && "auto" in install && install.auto === true
  );
}
