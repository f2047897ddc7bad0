import { release, type as systemType } from "node:os";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { findSecrets, maskUserData } from "../../plan/user-data/secrets";
import type {
  ConsoleExcerpt,
  ScreenshotSeries,
  Report,
  ReportedInstaller,
} from "../../report/report";
import type { StylusError } from "../../base/errors";
import type { ImageState } from "../../schema/state";
import { readLogExcerpt } from "../../system/files/log-excerpt";
import { packageVersion } from "../../system/host/package-version";
import type { Build } from "../context";
import { plainLines } from "../machine/console";
import { readScreenshots } from "../machine/screenshots";
import { readInstallNotes, type InstallNotes } from "./install-notes";
import { redactor, secretsOf } from "../redact";

/** How a build ended. */
export interface BuildEnd {
  /** Of the image, where it is known which one it is. */
  readonly installKey?: string | undefined;
  /** What exists of it by then. */
  readonly state?: ImageState | undefined;
  readonly error?: StylusError | undefined;
}

/**
 * All that a report says: from the plan, what the stages noted, and what lies in the folder of the logs.
 *
 * @public loaded by `require` in leave-report.ts
 */
export async function gatherReport(build: Build, logs: string, end: BuildEnd): Promise<Report> {
  const { plan, request, journal } = build;
  const redact = redactor(secretsOf(request));
  const notes = await notesOf(build, logs, end);
  const { firmware, secureBoot, network, diskSize } = plan.machine;
  const hasUserData = Object.keys(request.userData).length > 0;
  const { state } = end;
  return {
    name: plan.name,
    owner: plan.owner,
    begun: journal.begun,
    seconds: journal.seconds(),
    error: end.error && faultOf(end.error, redact),
    image: {
      installKey: end.installKey,
      contentDigest: state?.contentDigest,
      diskBytes: state?.virtualSizeBytes ?? diskSize,
      ...{ firmware, secureBoot, network, recipe: plan.recipe },
    },
    installer: installerOf(build, notes, state?.installerSha256),
    userData: hasUserData ? redact(maskUserData(request.userData)) : undefined,
    plaintextSecrets: findSecrets(request.userData),
    host: notes.host,
    program: {
      version: packageVersion(),
      node: process.version,
      system: `${systemType()} ${release()}`,
    },
    stages: journal.stages().map((it) => ({ ...it, detail: it.detail && redact(it.detail) })),
    messages: journal.messages().map((it) => ({ ...it, message: redact(it.message) })),
    screenshots: await filmsIn(logs, since(build, end)),
    consoles: await consolesIn(logs, since(build, end), redact),
    disk: notes.disk,
    artifacts: state?.artifacts ?? [],
    pending: state?.pending ?? [],
  };
}

/** What an install noted; a build that only converts tells of the one that made its disk. */
export async function notesOf(
  { journal }: Build,
  logs: string,
  { error: fault }: BuildEnd,
): Promise<InstallNotes> {
  const former = fault === undefined ? await readInstallNotes(logs) : {};
  return { ...former, ...journal.notes() };
}

/** Of a build that failed, what an earlier one left in the same folder says nothing. */
function since({ journal }: Build, { error: fault }: BuildEnd): number {
  return fault === undefined ? 0 : Date.parse(journal.begun);
}

function faultOf({ code, details }: StylusError, redact: (text: string) => string) {
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

/** Runs of a machine, by what their files are called; an iso's trial has a folder of its own. */
const runs = [
  { name: "install", title: "Install" },
  { name: "verify", title: "Boot for verification" },
  { name: "iso/install", title: "Install from the iso" },
  { name: "iso/verify", title: "Boot of what the iso installed" },
] as const;

async function filmsIn(logs: string, oldest: number): Promise<ScreenshotSeries[]> {
  const films: ScreenshotSeries[] = [];
  for (const { name, title } of runs) {
    const folder = join(logs, `${name}-screens`);
    if ((await timeOf(folder)) < oldest) continue;
    const film = await readScreenshots(folder, title);
    if (film !== undefined) films.push(film);
  }
  return films;
}

/** Some thousand lines of each; of a longer log the middle stays away, for the beginning and the end say most. */
const most = { headBytes: 128 * 1024, tailBytes: 256 * 1024 };

async function consolesIn(
  logs: string,
  oldest: number,
  redact: (text: string) => string,
): Promise<ConsoleExcerpt[]> {
  const consoles: ConsoleExcerpt[] = [];
  for (const { name, title } of runs) {
    const file = join(logs, `${name}-serial.log`);
    const time = await timeOf(file);
    if (!(time >= oldest)) continue;
    const { head, tail, omittedBytes } = await readLogExcerpt(file, most);
    if (head.trim() === "") continue;
    const shown = (text: string): string => redact(collapsed(plainLines(text)));
    const written = new Date(time).toISOString();
    const texts = { head: shown(head), tail: tail === undefined ? undefined : shown(tail) };
    consoles.push({
      title,
      file: name.includes("/") ? name : basename(file),
      written,
      omittedBytes,
      ...texts,
    });
  }
  return consoles;
}

/** A screen that was cleared line by line leaves many empty ones. */
function collapsed(lines: readonly string[]): string {
  return lines.filter((line, index) => line !== "" || lines[index - 1] !== "").join("\n");
}

async function timeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => NaN,
  );
}
