import { mkdir, rename, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Head } from "../../plan/record";
import { reportName } from "../../plan/keys";
import { addReport, findReportUrl, reportStores } from "../../records/reports";
import { describeThrown, StylusError } from "../../base/errors";
import type { ImageState } from "../../schema/state";
import { log, warn, type Build, type KeyedBuild } from "../context";
import { asBuildError } from "../build-error";
import type { BuildEnd } from "./gather";
import { writeInstallNotes } from "./install-notes";

/** Time limit for publishing the report at all targets together. */
const publishLimitMilliseconds = 120_000;

/** A report on the build host. */
interface WrittenReport {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes the report of a successful build beside its logs, publishes it beside its artifacts, and returns the outputs
 * with its URL. Errors are only warnings.
 */
export async function reportImage(
  build: KeyedBuild,
  head: Head,
  state: ImageState,
): Promise<ImageState> {
  if (isSiteSeed(build)) return state;
  const report = await write(build, build.installKey, { installKey: build.installKey, state });
  if (report === undefined) return state;
  log(build, `The report is ${report.path}.`);
  await publish(build, head, report);
  const reportUrl = await reportUrlOf(build, head);
  return { ...state, ...(reportUrl !== undefined && { reportUrl }) };
}

/** Writes the report of a failed build, and returns the error with the report among its files. */
export async function reportFailure(
  build: Build,
  { installKey, state }: Pick<BuildEnd, "installKey" | "state">,
  thrown: unknown,
): Promise<StylusError> {
  const error = asBuildError(thrown, build.signal);
  const key = installKey ?? build.plan.installKey ?? build.plan.requestKey;
  if (key === undefined || isSiteSeed(build)) return error;
  const report = await write(build, key, { installKey, state, error });
  // The report of a cancelled build is written, but the error does not name it.
  if (report === undefined || error.code === "build.cancelled") return error;
  const files = [...(error.details.files ?? []), report.path];
  return new StylusError(error.code, { ...error.details, files });
}

/** The URL of the published report. If the targets cannot be asked: the former URL, provided the content digest is the same. */
export async function reportUrlOf(build: KeyedBuild, head: Head): Promise<string | undefined> {
  const { existing } = build.plan;
  try {
    return await findReportUrl(build.targets, head, build);
  } catch (thrown) {
    warn(build, `The image's report could not be found: ${describeThrown(thrown)}`);
    return existing?.contentDigest === head.contentDigest ? existing?.reportUrl : undefined;
  }
}

/** A site seed has no report: making it takes seconds and has no log. */
function isSiteSeed({ plan }: Build): boolean {
  return plan.installer.source.type === "user-data";
}

async function write(build: Build, key: string, end: BuildEnd): Promise<WrittenReport | undefined> {
  try {
    const { gatherReport, notesOf } = require("./gather") as typeof import("./gather");
    const { renderReport } = require("../../report/render") as typeof import("../../report/render");
    const logs = build.workspace.logs(key);
    const path = join(logs, "report.html");
    const text = renderReport(await gatherReport(build, logs, end));
    await mkdir(logs, { recursive: true, mode: 0o700 });
    if (Object.keys(build.journal.notes()).length > 0) {
      await writeInstallNotes(logs, await notesOf(build, logs, end));
    }
    await writeFile(`${path}.partial`, text, { mode: 0o600 });
    await rename(`${path}.partial`, path);
    return { path, text };
  } catch (thrown) {
    warn(build, `No report could be written: ${describeThrown(thrown)}`);
    return undefined;
  }
}

/** Publishes the report, unless the image has one already: its URL changes only with the image. */
async function publish(
  build: KeyedBuild,
  head: Head,
  { path, text }: WrittenReport,
): Promise<void> {
  const { plan, installKey, targets } = build;
  const signal = AbortSignal.any([build.signal, AbortSignal.timeout(publishLimitMilliseconds)]);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const name = reportName(plan.name, installKey, sha256);
  const sizeBytes = Buffer.byteLength(text);
  const file = { path, sizeBytes, sha256, artifactKey: sha256, mediaType: "text/html", name };
  for (const place of reportStores(targets)) {
    try {
      await addReport(place, head, file, { signal, onProgress: () => undefined });
    } catch (thrown) {
      warn(build, `The report could not be published at ${place.id}: ${describeThrown(thrown)}`);
    }
  }
}
