import { throwIfCancelled } from "../base/cancellation";
import { describeThrown } from "../base/errors";
import { ownerTag } from "../plan/record";
import { describeRelease, leftNotice } from "../records/describe-release";
import { listOwners, type ListedOwner } from "../records/list-owners";
import { release } from "../records/release";
import { isRunning } from "../system/host/process-identity";
import { commandOptions } from "../targets/command-options";
import type { RecordStore } from "../targets/record-store";
import { log, recordStores, warn, type KeyedBuild } from "./context";

/** The markers of another instance of this resource at one image, from all records. */
interface OtherInstance {
  readonly installKey: string;
  readonly instance: string;
  readonly markers: readonly ListedOwner[];
}

/**
 * Looks for other instances of this resource that no state knows: releases what an interrupted build has published, and
 * warns about an owner whose state may be lost. A failure is only a warning, because the image is complete.
 */
export async function releaseInterrupted(build: KeyedBuild): Promise<void> {
  const { knownInstances } = build.plan;
  if (knownInstances === undefined) return;
  try {
    const others = (await findOthers(build)).filter(
      ({ instance }) => !knownInstances.includes(instance),
    );
    for (const other of others) {
      const states = other.markers.map(({ state }) => state);
      if (states.every((state) => state === "pending")) await releaseOne(build, other);
      else if (states.includes("live") && build.plan.existing === undefined) {
        warn(build, describeStranger(build, other));
      }
    }
  } catch (thrown) {
    throwIfCancelled(build.signal);
    warn(build, `Interrupted builds could not be looked for: ${describeThrown(thrown)}`);
  }
}

async function findOthers({ plan, ...build }: KeyedBuild): Promise<OtherInstance[]> {
  const { owner, instance } = plan;
  const isOwn = (it: { readonly instance: string }): boolean =>
    it.instance.startsWith(`${ownerTag(owner)}-`) && it.instance !== instance;
  const lists = await Promise.all(
    recordStores({ plan, ...build }).map((store: RecordStore) =>
      listOwners(store, build.signal, isOwn),
    ),
  );
  const groups = new Map<string, ListedOwner[]>();
  for (const marker of lists.flat().filter((it) => it.owner === owner)) {
    const name = `${marker.installKey} ${marker.instance}`;
    groups.set(name, [...(groups.get(name) ?? []), marker]);
  }
  return [...groups.values()].flatMap((markers) => {
    const [first] = markers;
    if (first === undefined) return [];
    return [{ installKey: first.installKey, instance: first.instance, markers }];
  });
}

async function releaseOne(build: KeyedBuild, other: OtherInstance): Promise<void> {
  const { installKey, instance } = other;
  const image = installKey.slice(0, 12);
  if (!isEnded(build, other)) {
    warn(
      build,
      `Another build of this resource may be under way: image ${image}, ${sinceOf(other)}. ` +
        `If it was interrupted, the next \`pulumi up\` that changes the resource removes it later, or this at once: ${giveUpCommand(build, other)}.`,
    );
    return;
  }
  const named = other.markers.map(({ targets }) => targets);
  const everywhere = named.includes(undefined);
  const isNamed = (id: string): boolean => everywhere || named.some((it) => it?.includes(id));
  const unreachable = named
    .flatMap((targets) => targets ?? [])
    .filter((id) => !build.targets.some((target) => target.id === id));
  const ended = await release(
    { installKey, instance, publications: [] },
    {
      targets: build.targets.filter(({ id }) => isNamed(id)),
      scope: unreachable.length === 0 ? "all" : "listed",
      cacheRecords: build.cacheRecords,
      remainingTargets: build.targets.filter(({ id }) => !isNamed(id)),
    },
    build.signal,
  );
  log(build, `An interrupted build of this resource had published the image ${image}.`);
  describeRelease(ended, installKey).forEach((sentence) => log(build, sentence));
  ended.left.forEach((location) => warn(build, leftNotice(location)));
  if (unreachable.length === 0) return;
  warn(
    build,
    `An interrupted build of this resource left the image ${image} at ${[...new Set(unreachable)].join(", ")}, which \`publishTo\` does not name. Remove it by \`stylus-image owners ${installKey} --give-up ${instance} --yes\` with a --to for each of them.`,
  );
}

/** Whether the build that wrote the markers has ended, as far as this machine can tell. */
function isEnded({ plan }: KeyedBuild, { markers }: OtherInstance): boolean {
  const { install, publish } = plan.timeouts;
  const oldest = Date.now() - (install * 3 + publish) * 60_000;
  return markers.every((marker) => isRunning(marker) === "no" || Date.parse(marker.time) <= oldest);
}

function describeStranger(build: KeyedBuild, other: OtherInstance): string {
  const image = other.installKey.slice(0, 12);
  const which = other.installKey === build.installKey ? "this image" : `the image ${image}`;
  return (
    `Another owner with the same URN has ${which}: ${other.instance}, ${sinceOf(other)}. ` +
    "If its state was lost, the image stays for it even after `pulumi destroy`, until you give that owner up: " +
    `${giveUpCommand(build, other)}. Leave it after \`pulumi up --replace\`, which deletes that owner itself, or if a stack of the same name in another backend uses the image.`
  );
}

function sinceOf({ markers }: OtherInstance): string {
  const [first] = markers;
  if (first === undefined) return "";
  const at = first.machine === undefined ? "" : ` on ${first.machine}`;
  return `${first.state} since ${first.time}${at}`;
}

function giveUpCommand({ request, targets }: KeyedBuild, other: OtherInstance): string {
  const named = other.markers.flatMap((marker) => marker.targets ?? targets.map(({ id }) => id));
  const places = request.targets
    .filter((_, index) => named.includes(targets[index]?.id ?? ""))
    .map((spec) => commandOptions(spec, request.rootDirectory));
  const to = places.length === 0 ? "" : ` ${places.join(" ")}`;
  return `\`stylus-image owners ${other.installKey}${to} --give-up ${other.instance} --yes\``;
}
