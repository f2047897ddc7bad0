import { StylusError } from "../../base/errors";
import { leftNotice } from "../../records/describe-release";
import { listOwners, markerOfOwner, type ListedOwner } from "../../records/list-owners";
import { rewriteMarker } from "../../records/markers";
import { readRecordedImage } from "../../records/record";
import { release } from "../../records/release";
import { joinReleased, recordsOf, type Released } from "../../records/scope";
import type { RecordStore } from "../../targets/record-store";
import { isListedFor, type Target } from "../../targets/target";
import { warn } from "../terminal/output";
import { isMeant } from "./image-key";
import { refuseWithoutRecords } from "./refuse-without-records";

/** The owner that the user gives up. */
interface Choice {
  readonly image: string | undefined;
  readonly instance: string;
  readonly confirmed: boolean;
}

/** Ends the ownership of an instance at the targets, as the deletion of its resource would. */
export async function giveUp(
  { image, instance, confirmed }: Choice,
  targets: readonly Target[],
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<Released> {
  const stores = [...recordsOf(targets), cacheRecords];
  const lists = await Promise.all(
    stores.map((store) => listOwners(store, signal, (owner) => owner.instance === instance)),
  );
  const own = lists.flat().filter((owner) => image === undefined || isMeant(owner, image));
  if (own.length === 0) throw notFound(instance, stores);
  if (!confirmed) throw notConfirmed(instance, own, targets);
  const released: Released[] = [];
  for (const installKey of new Set(own.map((owner) => owner.installKey))) {
    const markers = own.filter((owner) => owner.installKey === installKey);
    released.push(await giveUpImage(installKey, markers, targets, cacheRecords, signal));
  }
  return joinReleased(released);
}

async function giveUpImage(
  installKey: string,
  own: readonly ListedOwner[],
  targets: readonly Target[],
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<Released> {
  const [{ instance } = { instance: "" }] = own;
  const known = await readRecordedImage(cacheRecords, installKey, signal);
  const isNamed = (id: string): boolean => targets.some((target) => target.id === id);
  const unnamed = known.publications.filter(
    (it) => !targets.some((target) => isListedFor(target, it)),
  );
  if (unnamed.length > 0) refuseWithoutRecords(installKey, targets, unnamed);
  const named = own.flatMap((owner) => owner.targets ?? unnamed.map(({ target }) => target));
  const left = [...new Set(named)].filter((id) => !isNamed(id) && unnamed.some(isAt(id)));
  const scope = { targets, cacheRecords, remainingTargets: [] };
  const ended = await release(
    { installKey, instance, publications: [] },
    { ...scope, scope: left.length === 0 ? "all" : "listed" },
    signal,
  );
  // At the targets that were not named, the owner stays.
  for (const owner of left.length === 0 ? [] : own) {
    if (owner.store !== cacheRecords.id) continue;
    const marker = { ...markerOfOwner(owner), targets: left };
    await rewriteMarker(cacheRecords, installKey, marker, signal);
    warn(`${instance} stays an owner at ${left.join(", ")}: name these targets by --to, too.`);
  }
  ended.left.map(leftNotice).forEach(warn);
  return ended;
}

const isAt =
  (id: string) =>
  ({ target }: { readonly target: string }): boolean =>
    target === id;

function notFound(instance: string, stores: readonly RecordStore[]): StylusError {
  return new StylusError("input.invalid", {
    what: `No record lists the owner ${instance}.`,
    why: `These records were read: ${stores.map(({ id }) => id).join(", ")}.`,
    next: "Run the command without --give-up: it lists the owners. Name the targets by --to.",
  });
}

function notConfirmed(
  instance: string,
  own: readonly ListedOwner[],
  targets: readonly Target[],
): StylusError {
  const isPending = own.some(({ state }) => state === "pending");
  return new StylusError("input.invalid", {
    what: `This ends the ownership of ${instance} at ${[...targets.map(({ id }) => id), "the local cache"].join(", ")}. What no other owner uses is removed there. Nothing was changed yet.`,
    why: isPending
      ? "The owner is pending: its build may be under way, and would lose what it has published. Make sure that it is not running."
      : "If the state of the resource still exists, its image would be removed under it.",
    next: "Add --yes if the state of this owner is lost.",
    problems: own.map(({ owner, state, time, machine, store }) => ({
      path: store,
      reason: `${owner}, ${state} since ${time}${machine === undefined ? "" : ` on ${machine}`}`,
    })),
  });
}
