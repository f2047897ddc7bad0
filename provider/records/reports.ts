import { recordPaths, reportEntrySchema, type Head } from "../plan/record";
import type { PublishedFile } from "../schema/state";
import { json, readJson } from "./json-file";
import type { FileStore } from "../targets/file-store";
import type { ProgressOptions } from "../system/files/progress-options";
import type { LocalFile } from "../targets/local-artifact";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import type { UrlResolver } from "../targets/url-resolver";

/** A target where a report can lie, and a record that says so. */
export interface ReportPlace {
  readonly id: string;
  readonly records: RecordStore;
  readonly files: FileStore;
  readonly urls: UrlResolver | undefined;
}

export function reportPlaces(targets: readonly Target[]): ReportPlace[] {
  return targets.flatMap(({ id, capabilities: { records, files, urls } }) =>
    records === undefined || files === undefined ? [] : [{ id, records, files, urls }],
  );
}

/** The address of an image's report, at the first of the targets that has one. */
export async function findReportUrl(
  targets: readonly Target[],
  head: Head,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const place of reportPlaces(targets)) {
    const entry = await readJson(
      place.records,
      recordPaths.report(head),
      reportEntrySchema,
      signal,
    );
    if (entry !== undefined) return (await place.urls?.urlOf(entry)) ?? entry.url;
  }
  return undefined;
}

/** Publishes the report of the build that made an image, unless another one is there: that is the image's then. */
export async function addReport(
  place: ReportPlace,
  head: Head,
  file: LocalFile,
  options: ProgressOptions,
): Promise<void> {
  const { records } = place;
  const path = recordPaths.report(head);
  if ((await records.read(path, options.signal)) !== undefined) return;
  const published = await place.files.publish(file, options);
  const outcome = await records.create(path, json(published), options.signal);
  // Another build was quicker.
  if (outcome === "exists") await place.files.remove(published, options.signal);
}

/** Removes reports that are `doomed`, each with its entry; of an unreadable entry only that. */
export async function removeReports(
  target: Target,
  installKey: string,
  doomed: (path: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const place of reportPlaces([target])) {
    const paths = await place.records.list(recordPaths.publications(installKey), signal);
    for (const path of paths.filter((it) => recordPaths.isReport(it) && doomed(it))) {
      const entry = await readEntry(place.records, path, signal);
      if (entry !== undefined) await place.files.remove(entry, signal);
      await place.records.remove(path, signal);
    }
  }
}

async function readEntry(
  records: RecordStore,
  path: string,
  signal: AbortSignal,
): Promise<PublishedFile | undefined> {
  const text = await records.read(path, signal);
  if (text === undefined) return undefined;
  try {
    return reportEntrySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
