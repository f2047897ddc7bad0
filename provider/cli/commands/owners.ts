import { invalidInput } from "../../schema/parse";
import { listOwners, type ListedOwner } from "../../records/list-owners";
import { mayPublishAt } from "../../records/publishes-at";
import { defaultCacheDirectory } from "../../system/workspace";
import { directoryRecords } from "../../targets/directory/records";
import { openTarget } from "../../targets/open-target";
import type { RecordStore } from "../../targets/record-store";
import type { Target } from "../../targets/target";
import { readTargets } from "../input/read-targets";
import { cancellable } from "../terminal/cancellable";
import { note, printJson, printLines } from "../terminal/output";
import { describeReleased } from "./describe-released";
import { giveUp } from "./give-up";
import { isMeant } from "./image-key";
import type { OwnersOptions } from "./owners-options";

/** Lists the owners of images, or ends the ownership of one. */
export async function owners(image: string | undefined, options: OwnersOptions): Promise<void> {
  const cacheDirectory = defaultCacheDirectory();
  const cacheRecords = directoryRecords(cacheDirectory, "the local cache");
  const read = options.to === undefined ? { value: [], problems: [] } : await readTargets(options);
  if (read.problems.length > 0) throw invalidInput(read.problems);
  const context = { rootDirectory: process.cwd(), cacheDirectory };
  const targets = read.value.map((spec) => openTarget(spec, context));
  const { giveUp: instance, yes, json } = options;
  if (instance !== undefined) {
    const choice = { image, instance, confirmed: yes === true };
    const released = await cancellable(
      (signal) => giveUp(choice, targets, cacheRecords, signal),
      note,
    );
    if (json === true) printJson(released);
    else {
      printLines([
        `${instance} is no longer an owner at ${[...targets.map(({ id }) => id), cacheRecords.id].join(", ")}.`,
        ...describeReleased(released),
      ]);
    }
    return;
  }
  const found = await cancellable((signal) => findOwners(targets, cacheRecords, signal), note);
  const chosen = found.filter((owner) => image === undefined || isMeant(owner, image));
  if (json === true) printJson({ owners: chosen });
  else printLines(describe(chosen));
}

/** The owners at the targets; for a target without records those that the cache lists there. */
async function findOwners(
  targets: readonly Target[],
  cacheRecords: RecordStore,
  signal: AbortSignal,
): Promise<ListedOwner[]> {
  if (targets.length === 0) return listOwners(cacheRecords, signal);
  const found: ListedOwner[] = [];
  for (const { id, capabilities } of targets) {
    if (capabilities.records !== undefined) {
      found.push(...(await listOwners(capabilities.records, signal)));
      continue;
    }
    for (const owner of await listOwners(cacheRecords, signal)) {
      if (await mayPublishAt(owner, id)) found.push(owner);
    }
  }
  return found;
}

function describe(found: readonly ListedOwner[]): string[] {
  if (found.length === 0) return ["No owners are listed there."];
  return [...found]
    .sort((one, other) => one.installKey.localeCompare(other.installKey))
    .flatMap(({ installKey, instance, owner, state, time, machine, targets, store }) => [
      `${instance}  ${state}${state === "pending" ? " (a build may be under way)" : ""}`,
      `  install key  ${installKey}`,
      `  owner        ${owner}`,
      `  since        ${time}${machine === undefined ? "" : ` on ${machine}`}`,
      `  recorded at  ${store}`,
      ...(targets === undefined ? [] : [`  targets      ${targets.join(", ") || "none"}`]),
    ]);
}
