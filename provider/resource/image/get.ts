import { dirname } from "node:path/posix";
import { z } from "zod";
import { recordedImage } from "../../plan/image-outputs";
import { isOfHead, recordPaths, type Head } from "../../plan/record";
import { describePublication, targetOf } from "../../records/publications";
import { lookUpHead, recordNotFound, type HeadLookup } from "../../records/find-record";
import { lookUpRecords, orElse, valuesOf } from "../../records/lookup";
import { readRecordedImage } from "../../records/record";
import { findReportUrl } from "../../records/reports";
import { recordsOf } from "../../records/scope";
import type { TargetContext } from "../../targets/open-target";
import type { RecordStore } from "../../targets/record-store";
import type { Target } from "../../targets/target";
import { StylusError } from "../../base/errors";
import { targetSchema } from "../../schema/targets/target";
import { formatPath, invalidInput, unknownValue } from "../../schema/parse";
import { noInstance, publicationSchema, type Publication } from "../../schema/state";
import type { Call, ExistingResource } from "../handlers";
import { findArtifacts } from "./find-artifacts";
import { cacheRecords, openAll } from "./target-pool";

const lookUpSchema = z.object({ publishTo: z.array(targetSchema).min(1) });

/**
 * The outputs of an image that another owner published, from its record at the targets, for `StylusImage.get`. The image is
 * found by the install key, whose first digits are the end of the ID; the name in the ID is ignored.
 */
export async function findImage(
  call: Call,
  { id, outputs }: ExistingResource,
  context: TargetContext,
): Promise<ExistingResource> {
  // In a preview, the targets may contain unknown values.
  if (JSON.stringify(outputs["publishTo"] ?? "").includes(unknownValue)) return { id, outputs };
  const parsed = lookUpSchema.safeParse(outputs);
  if (!parsed.success) {
    throw invalidInput(
      parsed.error.issues.map(({ path, message }) => ({ path: formatPath(path), reason: message })),
    );
  }
  const targets = openAll(parsed.data.publishTo, context);
  const records = recordsOf(targets);
  // If no target keeps records, only the cache of the machine that published the image has one.
  const stores = records.length > 0 ? records : [cacheRecords(context)];
  const head = await findHead(id, stores, call.signal);
  const artifacts = await publicationsOf(head, targets, stores, call.signal);
  const image = recordedImage(head, { instance: noInstance, artifacts, pending: [] });
  const { gone, missing } = await findArtifacts(image, targets, call, cacheRecords(context));
  if (gone) {
    throw new StylusError("record.not-found", {
      what: `The image ${id} has a record, but all its artifacts are gone.`,
      why: "Another program than pulumi-stylus-image removed them.",
      next: "Let the resource that owns it publish it again (`pulumi refresh`, then `pulumi up`).",
    });
  }
  // If the report cannot be looked up now, the output keeps its value.
  const reportUrl = await orElse(findReportUrl(targets, head, call), outputs["reportUrl"]);
  const found = { ...image, missing, publishTo: outputs["publishTo"] };
  return { id, outputs: { ...found, ...(reportUrl !== undefined && { reportUrl }) } };
}

async function findHead(
  id: string,
  stores: readonly RecordStore[],
  signal: AbortSignal,
): Promise<Head> {
  const part = /(?:^|-)([0-9a-f]{12}|[0-9a-f]{64})$/.exec(id)?.[1];
  if (part === undefined) {
    throw new StylusError("input.invalid", {
      what: `"${id}" is not the ID of an image.`,
      next: "Use the ID of the resource that built it, which ends in 12 digits of the install key, or the full install key.",
    });
  }
  const { keys, failures } = await findKeys(part, stores, signal);
  const lookups = await Promise.all(keys.map((key) => lookUpHead(stores, key, { signal })));
  const found = lookups.flatMap(
    (ofKey) => ofKey.find((lookup) => lookup.head !== undefined)?.head ?? [],
  );
  const [head, other] = found;
  if (other !== undefined) throw ambiguous(id, found);
  if (head !== undefined) return head;
  const failed = [...failures, ...lookups.flat().filter(({ why }) => why !== undefined)];
  throw recordNotFound(
    id,
    stores.map(
      (store) => failed.find((lookup) => lookup.store === store.id) ?? { store: store.id },
    ),
  );
}

/** The recorded install keys that begin with `part`, and the stores that could not be listed. */
async function findKeys(
  part: string,
  stores: readonly RecordStore[],
  signal: AbortSignal,
): Promise<{ keys: readonly string[]; failures: readonly HeadLookup[] }> {
  const keys = new Set<string>();
  const failures: HeadLookup[] = [];
  const list = (store: RecordStore, abort: AbortSignal) =>
    store.list(`${dirname(recordPaths.requests)}/`, abort);
  for (const { store, ...answer } of await lookUpRecords(stores, list, { signal })) {
    if (answer.error !== undefined) {
      failures.push({ store, why: answer.error.message });
      continue;
    }
    answer.value
      .flatMap((path) => /\/([0-9a-f]{64})\//.exec(path)?.[1] ?? [])
      .filter((key) => key.startsWith(part))
      .forEach((key) => keys.add(key));
  }
  return { keys: [...keys], failures };
}

function ambiguous(id: string, found: readonly Head[]): StylusError {
  return new StylusError("input.invalid", {
    what: `${found.length} images at these targets match the ID ${id}.`,
    next: "Use the full install key of one of them.",
    problems: found.map(({ installKey, installerSha256 }) => ({
      path: installKey,
      reason: `was installed from the installer with SHA-256 ${installerSha256}`,
    })),
  });
}

/** The publications in the records, with the target IDs and URLs of this program. */
async function publicationsOf(
  head: Head,
  targets: readonly Target[],
  stores: readonly RecordStore[],
  signal: AbortSignal,
): Promise<Publication[]> {
  const read = (store: RecordStore, abort: AbortSignal) =>
    readRecordedImage(store, head.installKey, abort);
  const records = await lookUpRecords(stores, read, { signal });
  const listed = valuesOf(records)
    .flatMap(({ publications }) => publications)
    .filter((entry) => isOfHead(entry, head));
  const unique = [...new Map(listed.map((entry) => [entry.uri, entry])).values()];
  const named = unique.map(async (entry) => {
    const publication = publicationSchema.parse(entry);
    const target = await targetOf(publication, targets, signal);
    return target === undefined ? publication : describePublication(target, publication, signal);
  });
  const described = await Promise.all(named);
  // Records of several machines may name one file by several paths.
  return [...new Map(described.map((it) => [`${it.target} ${it.uri}`, it])).values()].sort(
    inOrderOf(targets),
  );
}

/** Sorts by target, because a record has no order and the outputs must not change from one read to the next. */
function inOrderOf(targets: readonly Target[]): (a: Publication, b: Publication) => number {
  const rank = ({ target, format, uri }: Publication): string => {
    const index = targets.findIndex(({ id }) => id === target);
    return [index < 0 ? "other" : String(index).padStart(4, "0"), format, uri].join("\n");
  };
  return (a, b) => (rank(a) < rank(b) ? -1 : 1);
}
