import { StylusError } from "../../base/errors";
import { isJsonMap } from "../../base/json";
import type { InstallerKind } from "../../schema/names";
import { inspectIso, type IsoReport } from "../../system/iso/inspect";
import { checkInstaller } from "../../system/iso/check";
import { log, type Build, type Installer } from "../context";
import { stage } from "./stage";
import { memoPerObject } from "../../base/memo";

/** An inspected installer. */
export interface Inspected extends IsoReport {
  /** As the user says, or as the inspection found. */
  readonly kind: InstallerKind;
}

const inspections = memoPerObject<Promise<Inspected>>();

/** Inspects the installer before an install takes minutes; once in a build, for the base disk and the ISO. */
export async function inspectInstaller(build: Build, installer: Installer): Promise<Inspected> {
  return inspections.get(build.request, () =>
    stage(build, "inspect", build.plan.timeouts.fetch, async ({ plan, request, signal }) => {
      const report = await inspectIso(installer.path, signal);
      checkInstaller(report, {
        firmware: plan.machine.firmware,
        autoInstall: installsByItself(request.userData),
        install: isJsonMap(request.userData.install) ? request.userData.install : undefined,
        diskSize: plan.machine.diskSize,
      });
      const kind = plan.installer.kind === "auto" ? report.kind : plan.installer.kind;
      if (plan.installer.kind === "auto") requireReader(kind, request.userData);
      log(build, `The installer "${report.volumeLabel}" is taken as ${kind}.`);
      const { volumeLabel, sizeBytes } = report;
      build.journal.addNotes({ installer: { kind, volumeLabel, sizeBytes } });
      return { ...report, kind };
    }),
  );
}

/** User-data for an installer of unknown kind is made for Kairos; cloud-init would ignore its stages, and the users in them. */
export function requireReader(
  kind: InstallerKind,
  userData: Readonly<Record<string, unknown>>,
): void {
  if (kind === "kairos" || userData["stages"] === undefined) return;
  throw new StylusError("user-data.refused", {
    what: "The installer is not a Kairos one, and the user-data has stages, which only Kairos reads.",
    why: "Without `installer.kind`, `users` become a stage; cloud-init would create none of them.",
    next: 'Set `installer.kind` to "generic" for user-data of cloud-init, or to "kairos" if this ISO is a Kairos installer.',
  });
}

/** Whether the user-data tells the installer to install without asking. */
export function installsByItself(userData: Readonly<Record<string, unknown>>): boolean {
  const install = userData["install"];
  return (
    typeof install === "object" && install !== null && "auto" in install && install.auto === true
  );
}
