import { release, type as systemType } from "node:os";
import { basename } from "node:path";
import { outlineUserData } from "../../plan/user-data/outline";
import { findSecrets } from "../../plan/user-data/secrets";
import type { Report, ReportedError, ReportedInstaller } from "../../report/report";
import type { StylusError } from "../../base/errors";
import type { ImageState } from "../../schema/state";
import { packageVersion } from "../../system/host/package-version";
import type { Build } from "../context";
import { readInstallNotes, type InstallNotes } from "./install-notes";
import { redactor, secretsOf } from "../redact";
import { consolesIn, screenshotsIn } from "./logs-of-runs";

/** How a build ended, and with what. */
export interface BuildEnd {
  /** Absent if the build failed before it was known. */
  readonly installKey?: string | undefined;
  /** The existing publications of the image. */
  readonly state?: ImageState | undefined;
  readonly error?: StylusError | undefined;
}

/**
 * Collects the contents of a report from the plan, the journal and the folder of logs.
 *
 * @public loaded by `require` in publish-report.ts
 */
export async function gatherReport(build: Build, logs: string, end: BuildEnd): Promise<Report> {
  const { plan, request, journal } = build;
  const redact = redactor(secretsOf(request));
  const notes = await notesOf(build, logs, end);
  const { firmware, secureBoot, network, diskSize } = plan.machine;
  const hasUserData = Object.keys(request.userData).length > 0;
  const { state } = end;
  const oldest = oldestLog(build, end);
  return {
    name: plan.name,
    owner: plan.owner,
    begun: journal.begun,
    seconds: journal.seconds(),
    error: end.error && reportedError(end.error, redact),
    image: {
      installKey: end.installKey,
      contentDigest: state?.contentDigest,
      diskBytes: state?.virtualSizeBytes ?? diskSize,
      ...{ firmware, secureBoot, network, recipe: plan.recipe },
    },
    installer: installerOf(build, notes, state?.installerSha256),
    userData: hasUserData ? redact(outlineUserData(request.userData)) : undefined,
    plaintextSecrets: findSecrets(request.userData),
    host: notes.host,
    program: {
      version: packageVersion(),
      node: process.version,
      system: `${systemType()} ${release()}`,
    },
    stages: journal.stages().map((it) => ({ ...it, detail: it.detail && redact(it.detail) })),
    messages: journal.messages().map((it) => ({ ...it, message: redact(it.message) })),
    screenshots: await screenshotsIn(logs, oldest),
    consoles: await consolesIn(logs, oldest, redact),
    disk: notes.disk,
    artifacts: state?.artifacts ?? [],
    pending: state?.pending ?? [],
  };
}

/** Notes about the install: for a successful build without an install, those of the one that made its disk. */
export async function notesOf(
  { journal }: Build,
  logs: string,
  { error }: BuildEnd,
): Promise<InstallNotes> {
  const earlier = error === undefined ? await readInstallNotes(logs) : {};
  return { ...earlier, ...journal.notes() };
}

/** Time of the oldest file to show: logs of earlier builds do not explain a failure. */
function oldestLog({ journal }: Build, { error }: BuildEnd): number {
  return error === undefined ? 0 : Date.parse(journal.begun);
}

function reportedError(
  { code, details }: StylusError,
  redact: (text: string) => string,
): ReportedError {
  const { what, why, next, tail, problems } = details;
  return {
    ...{ code, what: redact(what), why: why && redact(why), next: redact(next) },
    tail: tail && redact(tail),
    problems: problems?.map(({ path, reason }) => ({ path, reason: redact(reason) })),
  };
}

function installerOf(
  { plan: { installer } }: Build,
  notes: InstallNotes,
  knownSha256: string | undefined,
): ReportedInstaller | undefined {
  const sha256 = knownSha256 ?? installer.sha256;
  const { source, validator } = installer;
  switch (source.type) {
    case "path":
      return { from: basename(source.path), sha256, ...notes.installer };
    case "url":
      return { from: source.url, sha256, validator, ...notes.installer };
    case "none":
      return sha256 === undefined ? undefined : { from: "of an adopted image", sha256 };
    case "user-data":
      return undefined;
  }
}
