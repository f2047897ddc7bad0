import { dirname } from "node:path/posix";
import { z } from "zod";
import { recordedImage } from "../../plan/image-outputs";
import { isOfHead, recordPaths, type Head } from "../../plan/record";
import { describePublication } from "../../records/publications";
import { lookUpHead, recordNotFound, type HeadLookup } from "../../records/find-record";
import { readRecordedImage } from "../../records/record";
import { findReportUrl } from "../../records/reports";
import { recordsOf } from "../../records/scope";
import type { TargetContext } from "../../targets/open-target";
import type { RecordStore } from "../../targets/record-store";
import { isPublishedAt, type Target } from "../../targets/target";
import { describeThrown, StylusError } from "../../base/errors";
import { targetSchema } from "../../schema/targets/target";
import { formatPath, invalidInput, unknownValue } from "../../schema/parse";
import { noInstance, publicationSchema, type Publication } from "../../schema/state";
import type { Call, ExistingResource } from "../handlers";
import { findArtifacts } from "./find-artifacts";
import { cacheRecords, openAll } from "./target-pool";

const lookUpSchema = z.object({ publishTo: z.array(targetSchema).min(1) });

/**
 * The outputs of an image that somebody else owns, from its record at the targets: what `StylusImage.get` reads. The
 * install key decides, which an ID ends in; whatever the image was called there.
 */
export async function findImage(
  call: Call,
  { id, outputs }: ExistingResource,
  context: TargetContext,
): Promise<ExistingResource> {
  // In a preview, targets may depend on what is not there yet.
  if (JSON.stringify(outputs["publishTo"] ?? "").includes(unknownValue)) return { id, outputs };
  const parsed = lookUpSchema.safeParse(outputs);
  if (!parsed.success) {
    throw invalidInput(
      parsed.error.issues.map(({ path, message }) => ({ path: formatPath(path), reason: message })),
    );
  }
  const targets = openAll(parsed.data.publishTo, context);
  const kept = recordsOf(targets);
  // Of what lies only at targets without records, nothing else than the machine that published it can tell.
  const stores = kept.length > 0 ? kept : [cacheRecords(context)];
  const head = await findHead(id, stores, call.signal);
  const artifacts = await publicationsOf(head, targets, stores, call.signal);
  const image = recordedImage(head, { instance: noInstance, artifacts, pending: [] });
  const { gone, missing } = await findArtifacts(image, targets, call);
  if (gone) {
    throw new StylusError("record.not-found", {
      what: `Of the image ${id} nothing is left but its record.`,
      why: "Its files were removed by something else than pulumi-stylus-image.",
      next: "Let the resource that owns it publish it again (`pulumi refresh`, then `pulumi up`).",
    });
  }
  // What could not be looked for this time is no reason for another answer.
  const reportUrl = await findReportUrl(targets, head, call.signal).catch(
    () => outputs["reportUrl"],
  );
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
      what: `"${id}" is no ID of an image.`,
      next: "Give the ID of the resource that made it, which ends in 12 digits of the install key, or the whole install key.",
    });
  }
  const { keys, silent } = await keysWith(part, stores, signal);
  const answers = await Promise.all(keys.map((key) => lookUpHead(stores, key, signal)));
  const found = answers.flatMap(
    (ofKey) => ofKey.find((answer) => answer.head !== undefined)?.head ?? [],
  );
  const [head, other] = found;
  if (other !== undefined) throw ambiguous(id, found);
  if (head !== undefined) return head;
  const failed = [...silent, ...answers.flat().filter(({ why }) => why !== undefined)];
  throw recordNotFound(
    id,
    stores.map(
      (store) => failed.find((answer) => answer.store === store.id) ?? { store: store.id },
    ),
  );
}

/** Install keys of records that begin like that, and which targets could not be asked. */
async function keysWith(
  part: string,
  stores: readonly RecordStore[],
  signal: AbortSignal,
): Promise<{ keys: readonly string[]; silent: readonly HeadLookup[] }> {
  const keys = new Set<string>();
  const silent: HeadLookup[] = [];
  for (const store of stores) {
    try {
      const paths = await store.list(`${dirname(recordPaths.requests)}/`, signal);
      paths
        .flatMap((path) => /\/([0-9a-f]{64})\//.exec(path)?.[1] ?? [])
        .filter((key) => key.startsWith(part))
        .forEach((key) => keys.add(key));
    } catch (thrown) {
      silent.push({ store: store.id, why: describeThrown(thrown) });
    }
  }
  return { keys: [...keys], silent };
}

function ambiguous(id: string, found: readonly Head[]): StylusError {
  return new StylusError("input.invalid", {
    what: `${found.length} images at these targets have the ID ${id}.`,
    next: "Give the whole install key of the one that is meant.",
    problems: found.map(({ installKey, installerSha256 }) => ({
      path: installKey,
      reason: `is of the installer ${installerSha256}`,
    })),
  });
}

/** What the records list, under the names that the targets go by here. */
async function publicationsOf(
  head: Head,
  targets: readonly Target[],
  stores: readonly RecordStore[],
  signal: AbortSignal,
): Promise<Publication[]> {
  const records = await Promise.allSettled(
    stores.map((store) => readRecordedImage(store, head.installKey, signal)),
  );
  const listed = records
    .flatMap((record) => (record.status === "fulfilled" ? record.value.publications : []))
    .filter((entry) => isOfHead(entry, head));
  const unique = [...new Map(listed.map((entry) => [entry.uri, entry])).values()];
  const named = unique.map(async (entry) => {
    const target = targets.find((candidate) => isPublishedAt(candidate, entry));
    const publication = publicationSchema.parse(entry);
    return target === undefined ? publication : describePublication(target, publication);
  });
  return (await Promise.all(named)).sort(inOrderOf(targets));
}

/** A record lists in no order; the first of several artifacts is to be the same one each time. */
function inOrderOf(targets: readonly Target[]): (a: Publication, b: Publication) => number {
  const rank = ({ target, format, uri }: Publication): string => {
    const index = targets.findIndex(({ id }) => id === target);
    return [index < 0 ? "other" : String(index).padStart(4, "0"), format, uri].join("\n");
  };
  return (a, b) => (rank(a) < rank(b) ? -1 : 1);
}
