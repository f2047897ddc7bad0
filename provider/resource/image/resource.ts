import { asStylusError } from "../../base/errors";
import { canonicalJson } from "../../base/json";
import { type ParsedSpec, parseImageSpec } from "../../schema/parse";
import { noInstance } from "../../schema/state";
import type { TargetSpec } from "../../schema/targets/target";
import { semaphore } from "../../system/lock/semaphore";
import type { Call, Data, ExistingResource, Handlers } from "../handlers";
import { buildImage } from "./create";
import { droppedTargets, releaseTargets } from "./delete";
import { diffImage } from "./diff";
import { readOutputs } from "./outputs";
import { previewOutputs } from "./preview";
import { refreshImage } from "./refresh";
import { withBundleHashes, recipeNotice, resolveForCheck } from "./resolve";
import { resolvedSchema } from "./resolved";
import type { ImageResourceOptions } from "./options";
import { cacheRecords, openAll } from "./target-pool";
import { withUserDataProblems } from "./user-data-problems";

/** Why targets that are the same places are reached otherwise now, or what is made of them; pure. */
function reachReasons(now: readonly TargetSpec[], old: readonly TargetSpec[]): string[] {
  return sameTargets(now, old) ? [] : [reachReason(now, old)];
}

/** Of targets whose specs differ, and nothing else does. */
function reachReason(one: readonly TargetSpec[], other: readonly TargetSpec[]): string {
  const without = (targets: readonly TargetSpec[], field: string): TargetSpec[] =>
    targets.map((target) => (field in target ? { ...target, [field]: undefined } : target));
  const isAll = (field: string): boolean => sameTargets(without(one, field), without(other, field));
  if (isAll("publicUrl")) {
    return "The addresses that readers get changed (`publicUrl`); nothing is published anew.";
  }
  if (isAll("deploy")) {
    return "What is deployed from the library changed (`deploy`); nothing is published anew.";
  }
  return "How a target is reached changed.";
}

function sameTargets(one: readonly TargetSpec[], other: readonly TargetSpec[]): boolean {
  const texts = (targets: readonly TargetSpec[]): string[] => targets.map(canonicalJson).sort();
  return canonicalJson(texts(one)) === canonicalJson(texts(other));
}

/** Limits concurrent deletes: each holds the listings and markers of its image in memory. */
const deletes = semaphore(12);

/** `StylusImage` for whatever engine calls it. */
export function imageResource(options: ImageResourceOptions): Handlers {
  return {
    check: (call, request) => check(call, request, options),
    diff: (_call, { outputs, newInputs }) => Promise.resolve(diff(outputs, newInputs, options)),
    create: (call, { inputs }) => buildImage(call, inputs, undefined, options),
    update: async (call, existing) => {
      const old = readOutputs(existing.outputs);
      const former = { id: existing.id, old };
      const { outputs } = await buildImage(call, existing.newInputs, former, options);
      const dropped = await droppedTargets(old.publishTo, outputs["publishTo"], options);
      if (dropped.length > 0) {
        await releaseTargets(call, old, {
          targets: openAll(dropped, options),
          scope: "listed",
          cacheRecords: cacheRecords(options),
          remainingTargets: openAll(readOutputs(outputs).publishTo, options),
        });
      }
      return outputs;
    },
    read: (call, existing) => refreshImage(call, existing, options),
    delete: (call, existing) =>
      deletes.run({ signal: call.signal, onWait: () => undefined }, () =>
        remove(call, existing, options),
      ),
  };
}

const parseImage = (inputs: Data): ParsedSpec =>
  withUserDataProblems(parseImageSpec(inputs), inputs, "image");

async function check(
  call: Call,
  request: { oldInputs: Data; newInputs: Data },
  options: ImageResourceOptions,
): ReturnType<Handlers["check"]> {
  const { parse = parseImage } = options;
  const parsed = parse(request.newInputs);
  if (parsed.state === "invalid") return { inputs: request.newInputs, problems: parsed.problems };
  if (parsed.state === "unknown") return { inputs: request.newInputs, problems: [] };
  const previous = resolvedSchema.safeParse(request.oldInputs["resolved"]).data;
  try {
    const context = { ...options, previous, warn: call.log.warn, signal: call.signal };
    const before = previous === undefined ? undefined : parse(request.oldInputs);
    const previousSpec = before?.state === "valid" ? before.spec : undefined;
    const image = await resolveForCheck(parsed.spec, { ...context, previousSpec });
    if (previous?.userDataDigest !== image.resolved.userDataDigest) {
      image.warnings.forEach(call.log.warn);
    }
    const notice = recipeNotice(parsed.spec, image.resolved.recipe);
    if (notice !== undefined) call.log.info(notice);
    const known = await previewOutputs(
      withBundleHashes(parsed.spec, image.resolved),
      image.resolved,
      request.oldInputs,
      context,
    );
    return { inputs: { ...request.newInputs, resolved: image.resolved, known }, problems: [] };
  } catch (thrown) {
    const { code, details } = asStylusError(thrown);
    if (code !== "input.invalid" || details.problems === undefined) throw thrown;
    return { inputs: request.newInputs, problems: details.problems };
  }
}

function diff(
  outputs: Data,
  newInputs: Data,
  { parse = parseImageSpec }: Pick<ImageResourceOptions, "parse">,
): Awaited<ReturnType<Handlers["diff"]>> {
  const old = readOutputs(outputs);
  const parsed = parse(newInputs);
  const resolved = resolvedSchema.safeParse(newInputs["resolved"]).data;
  if (parsed.state !== "valid" || resolved === undefined) {
    const reasons = ["Some inputs are not known before `up`."];
    return { changes: true, replaces: [], reasons };
  }
  const difference = diffImage(withBundleHashes(parsed.spec, resolved), resolved, old);
  if (difference.changes) return difference;
  const { publishTo, keepPrevious } = parsed.spec;
  // Nothing is built, but refresh and destroy find profile, region and credentials only in the outputs.
  const reasons = [
    ...reachReasons(publishTo, old.publishTo),
    ...(keepPrevious === old.keepPrevious
      ? []
      : [`${keepPrevious} previous images are to be kept, not ${old.keepPrevious}.`]),
  ];
  return { changes: reasons.length > 0, replaces: [], reasons };
}

async function remove(
  call: Call,
  existing: ExistingResource,
  options: ImageResourceOptions,
): Promise<void> {
  const old = readOutputs(existing.outputs);
  if (old.instance === noInstance) return;
  await releaseTargets(call, old, {
    targets: openAll(old.publishTo, options),
    scope: "all",
    cacheRecords: cacheRecords(options),
    remainingTargets: [],
  });
}
