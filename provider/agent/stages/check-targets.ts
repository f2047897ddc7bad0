import { stat } from "node:fs/promises";
import { MiB } from "../../base/size";
import { StylusError } from "../../base/errors";
import { memoPerObject } from "../../base/memo";
import { needsDisk } from "../../plan/formats";
import type { ArtifactFormat } from "../../schema/names";
import type { Destination } from "../../schema/state";
import type { PublishNeeds } from "../../targets/access";
import type { CheckedTarget, TargetToCheck } from "../../targets/check-targets";
import { log, warn, type Build } from "../context";
import type { Inventory } from "../inventory";

/** One answer of each target in a build, however often the inventory is taken. */
const checked = memoPerObject<Promise<readonly CheckedTarget[]>>();

/**
 * Fails before anything is fetched, installed or converted if a target refuses what is missing there, with the problems
 * of all targets in one error. Targets that have everything are not asked.
 */
export async function requireWritableTargets(
  build: Build,
  found: Pick<Inventory, "present"> | undefined,
): Promise<void> {
  const isPresent = ({ format, target }: Destination): boolean =>
    found?.present.some((it) => it.format === format && it.target === target) === true;
  const missing = build.plan.destinations.filter((destination) => !isPresent(destination));
  const { accessError } = load();
  const error = accessError(await askTargets(build, missing));
  if (error !== undefined) throw error;
}

/**
 * The problems of all targets in place of the error of the first one that was used; the same error if the targets say
 * nothing else.
 */
export async function withProblemsOfAllTargets(build: Build, thrown: unknown): Promise<unknown> {
  const isOfTarget =
    thrown instanceof StylusError &&
    (thrown.code.startsWith("publish.") || thrown.code === "host.disk-full");
  if (!isOfTarget || build.signal.aborted) return thrown;
  const { accessError } = load();
  return accessError(await askTargets(build, build.plan.destinations)) ?? thrown;
}

async function askTargets(
  build: Build,
  destinations: readonly Destination[],
): Promise<readonly CheckedTarget[]> {
  const requests = await requestsFor(build, destinations);
  if (requests.length === 0) return [];
  return checked.get(build.request, async () => {
    const { checkTargets } = load();
    const answers = await checkTargets(requests, build.signal);
    for (const { target, warnings } of answers) {
      for (const text of warnings) warn(build, `${target}: ${text}`);
    }
    if (answers.every(({ problems }) => problems.length === 0)) {
      log(build, `Can be published to: ${answers.map(({ target }) => target).join(", ")}`);
    }
    return answers;
  });
}

/** Loaded only where something is missing. */
function load(): typeof import("../../targets/check-targets") {
  return require("../../targets/check-targets") as typeof import("../../targets/check-targets");
}

async function requestsFor(
  build: Build,
  destinations: readonly Destination[],
): Promise<TargetToCheck[]> {
  const installerBytes = await sizeOfInstaller(build);
  return build.targets.flatMap((target) => {
    const formats = destinations.flatMap((it) => (it.target === target.id ? [it.format] : []));
    return formats.length === 0 ? [] : [{ target, needs: needsOf(build, formats, installerBytes) }];
  });
}

function needsOf(
  { plan }: Build,
  formats: readonly ArtifactFormat[],
  installerBytes: number,
): PublishNeeds {
  const sizes = formats.map((format) => leastBytes(format, installerBytes));
  const diskBytes = formats.some((type) => needsDisk({ type })) ? plan.machine.diskSize : undefined;
  return { formats, leastBytes: Math.min(...sizes), diskBytes };
}

/** No installed system is smaller in any format. */
const leastDiskBytes = 2 * MiB;
/** An installed system has most of what its installer holds; a tenth remains of any in the smallest format. */
const leastShare = 0.1;

/** A size that an artifact has at least. */
function leastBytes(format: ArtifactFormat, installerBytes: number): number {
  if (format === "seed") return 1;
  // The installer is a part of it.
  if (format === "iso") return Math.max(1, installerBytes);
  return Math.max(leastDiskBytes, Math.floor(installerBytes * leastShare));
}

/** 0 if the installer is not on this machine yet. */
async function sizeOfInstaller({ plan: { installer } }: Build): Promise<number> {
  if (installer.source.type !== "path") return 0;
  const found = await stat(installer.source.path).catch(() => undefined);
  return found?.size ?? 0;
}
