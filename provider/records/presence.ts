import { StylusError } from "../base/errors";
import { recordPaths } from "../plan/record";
import type { Publication } from "../schema/state";
import type { FindResult } from "../targets/find-result";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";

/** The known facts about the places that an image was published to. */
export interface KnownPlaces {
  readonly installKey: string;
  /** IDs of the places by target, as the outputs hold them; outputs of earlier versions have none. */
  readonly places?: Readonly<Record<string, string>> | undefined;
  readonly cacheRecords?: RecordStore | undefined;
}

/**
 * Looks for a publication. It is `absent` only if the place that it was published to says so: another folder at the
 * same path, an empty mount point or another bucket of the same name proves nothing.
 */
export async function findAtPlace(
  target: Target,
  publication: Publication,
  known: KnownPlaces | undefined,
  signal: AbortSignal,
): Promise<FindResult> {
  const found = await target.find(publication, signal);
  const isMissing = found.state === "absent" || (found.state === "unreachable" && found.missing);
  if (known === undefined || isMissing !== true) return found;
  const remembered = known.places?.[target.id];
  const id = await target.capabilities.place?.readId(signal);
  if (remembered !== undefined && id !== undefined) {
    return id === remembered
      ? { state: "absent" }
      : { state: "unreachable", why: otherPlace(target), missing: true };
  }
  const { records, localFolder } = target.capabilities;
  if (remembered !== undefined || records === undefined || localFolder === undefined) return found;
  // Outputs of an earlier version: a record of the image at the place shows that it is the place.
  if (await hasRecord(records, known.installKey, signal)) return { state: "absent" };
  const { cacheRecords } = known;
  if (found.state !== "absent" || cacheRecords === undefined) return found;
  if (await hasRecord(cacheRecords, known.installKey, signal)) return found;
  const why = `${target.id} has no ${publication.format} of this image, and neither the folder nor the cache of this machine has a record of it: another machine published it, into another folder.`;
  return { state: "unreachable", why, missing: true };
}

/** Whether a store lists publications of the image. A marker alone may be that of a build that has not published. */
async function hasRecord(
  records: RecordStore,
  installKey: string,
  signal: AbortSignal,
): Promise<boolean> {
  const paths = await records.list(recordPaths.publications(installKey), signal, 1);
  return paths.length > 0;
}

function otherPlace({ id, capabilities }: Target): string {
  const what = capabilities.localFolder === undefined ? "place" : "folder";
  return `${id} is not the ${what} that was published to: its ID (.stylus-image/place.json) is another one.`;
}

/**
 * Throws if a target is another place than the one that the image was published to, before anything is changed there. A
 * server that cannot be asked throws its own error.
 */
export async function requirePlaces(
  targets: readonly Target[],
  known: KnownPlaces & { readonly publications: readonly Publication[] },
  signal: AbortSignal,
): Promise<void> {
  const asked = targets.map(async (target) => {
    const remembered = known.places?.[target.id];
    const id = remembered && (await target.capabilities.place?.readId(signal));
    if (id !== undefined && id !== remembered) throw unreachable(target, otherPlace(target));
    if (target.capabilities.localFolder === undefined || id !== undefined) return;
    // Without an ID, the first publication shows whether this is the folder.
    const first = known.publications.find((publication) => publication.target === target.id);
    if (first !== undefined) await requireAnswer(target, first, known, signal);
  });
  await Promise.all(asked);
}

/** Throws if a publication is not there, but it is not shown that it is gone. */
export async function requireAnswer(
  target: Target,
  publication: Publication,
  known: KnownPlaces,
  signal: AbortSignal,
): Promise<void> {
  const found = await findAtPlace(target, publication, known, signal);
  if (found.state === "unreachable") throw unreachable(target, found.why, publication);
}

function unreachable(
  { capabilities }: Target,
  why: string,
  publication?: Publication,
): StylusError {
  const what = publication === undefined ? "The image" : publication.uri;
  return new StylusError("publish.unreachable", {
    what: `${what} was not removed: nothing is known about it.`,
    why,
    next:
      capabilities.localFolder === undefined
        ? "Correct the target or its credentials, so that it is the place that was published to, and run again."
        : "Mount the file system, or run this on the machine that has the folder.",
  });
}
