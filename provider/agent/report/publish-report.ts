import { mkdir, rename, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Head } from "../../plan/record";
import { reportName } from "../../plan/keys";
import { addReport, findReportUrl, reportStores } from "../../records/reports";
import { describeThrown, StylusError } from "../../base/errors";
import type { ImageState } from "../../schema/state";
import { log, warn, type Build, type KeyedBuild } from "../context";
import { asBuildError } from "../redact";
import type { BuildEnd } from "./gather";
import { writeInstallNotes } from "./install-notes";

/** A server that does not answer holds nobody up for the sake of a report. */
const mostMilliseconds = 120_000;

/** A report that was written. */
interface WrittenReport {
  readonly path: string;
  readonly text: string;
}

/**
 * Leaves the report of a build that ended well beside its logs and beside its artifacts, and answers the outputs with
 * its address. What goes wrong with it is a warning.
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

/** The same of one that failed: the error, which names the report. */
export async function reportFailure(
  build: Build,
  { installKey, state }: Pick<BuildEnd, "installKey" | "state">,
  thrown: unknown,
): Promise<StylusError> {
  const fault = asBuildError(thrown, build.signal);
  const key = installKey ?? build.plan.installKey ?? build.plan.requestKey;
  if (key === undefined || isSiteSeed(build)) return fault;
  const report = await write(build, key, { installKey, state, error: fault });
  // Who cancelled knows the cause.
  if (report === undefined || fault.code === "build.cancelled") return fault;
  const files = [...(fault.details.files ?? []), report.path];
  return new StylusError(fault.code, { ...fault.details, files });
}

/** The address of the report that is published, for outputs; where it cannot be told, what they said before. */
export async function reportUrlOf(build: KeyedBuild, head: Head): Promise<string | undefined> {
  const { existing } = build.plan;
  try {
    return await findReportUrl(build.targets, head, build.signal);
  } catch (thrown) {
    warn(build, `The image's report could not be looked for: ${describeThrown(thrown)}`);
    return existing?.contentDigest === head.contentDigest ? existing?.reportUrl : undefined;
  }
}

/** Seconds of work on a text of a few lines: there is nothing to tell. */
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

/** Of an image that has one, nothing is published: the address of a report changes only with the image. */
async function publish(
  build: KeyedBuild,
  head: Head,
  { path, text }: WrittenReport,
): Promise<void> {
  const { plan, installKey, targets } = build;
  const signal = AbortSignal.any([build.signal, AbortSignal.timeout(mostMilliseconds)]);
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
