import { recordPaths, reportEntrySchema, type Head } from "../plan/record";
import type { PublishedFile } from "../schema/state";
import { addressAt } from "../targets/addresses";
import type { Capabilities } from "../targets/capabilities";
import type { FileStore } from "../targets/file-store";
import type { LocalFile } from "../targets/local-artifact";
import type { ProgressOptions } from "../system/files/progress-options";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import type { LookupOptions } from "./ask";
import { json, readJson } from "./json-file";
import { lookUpRecords } from "./lookup";

/** A target that can hold a report and the record entry for it. */
export interface ReportStore {
  readonly id: string;
  readonly records: RecordStore;
  readonly files: FileStore;
  readonly capabilities: Capabilities;
}

/** The targets that can hold a report. */
export function reportStores(targets: readonly Target[]): ReportStore[] {
  return targets.flatMap(({ id, capabilities }) => {
    const { records, files } = capabilities;
    return records === undefined || files === undefined
      ? []
      : [{ id, records, files, capabilities }];
  });
}

/** The URL of an image's report, from the first target that has one. All targets are asked at once. */
export async function findReportUrl(
  targets: readonly Target[],
  head: Pick<Head, "installKey" | "contentDigest">,
  options: LookupOptions,
): Promise<string | undefined> {
  const stores = reportStores(targets);
  const entries = await lookUpRecords(
    stores.map(({ records }) => records),
    (records, signal) => readJson(records, recordPaths.report(head), reportEntrySchema, signal),
    options,
  );
  for (const [index, answer] of entries.entries()) {
    // A later target may have another URL of the report, which must not take the place of this one.
    if (answer.error !== undefined) throw answer.error;
    const [store, entry] = [stores[index], answer.value];
    if (store !== undefined && entry !== undefined) {
      return (await addressAt(store, entry, options.signal)).url;
    }
  }
  return undefined;
}

/** Publishes the report of the build that made an image. An existing report of the image is kept. */
export async function addReport(
  store: ReportStore,
  head: Head,
  file: LocalFile,
  options: ProgressOptions,
): Promise<void> {
  const { records } = store;
  const path = recordPaths.report(head);
  if ((await records.read(path, options.signal)) !== undefined) return;
  const published = await store.files.publish(file, options);
  const outcome = await records.create(path, json(published), options.signal);
  // Another build published its report first.
  if (outcome === "exists") await store.files.remove(published, options.signal);
}

/** Removes the reports whose entry paths match, with their entries. If an entry is unreadable, only the entry is removed. */
export async function removeReports(
  target: Target,
  installKey: string,
  matches: (path: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const store of reportStores([target])) {
    const paths = await store.records.list(recordPaths.publications(installKey), signal);
    for (const path of paths.filter((it) => recordPaths.isReport(it) && matches(it))) {
      const entry = await readEntry(store.records, path, signal);
      if (entry !== undefined) {
        const address = await addressAt(store, entry, signal);
        await store.files.remove({ ...entry, ...address }, signal);
      }
      await store.records.remove(path, signal);
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
