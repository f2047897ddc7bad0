import { places } from "../../system/lock/semaphore";
import { asStylusError } from "../../base/errors";
import { parseImageSpec, type ParsedSpec } from "../../schema/parse";
import { noInstance } from "../../schema/state";
import type { Call, Data, Existing, Handlers } from "../handlers";
import { buildImage } from "./create";
import { diffImage } from "./diff";
import { droppedTargets, leaveTargets } from "./delete";
import type { ImageResourceOptions } from "./_image-options";
import { readOutputs } from "./outputs";
import { refreshImage } from "./refresh";
import { cacheRecords, openAll } from "./target-pool";
import { knownArtifacts } from "./preview";
import { reachReasons } from "./_reach-diff";
import { pinned, recipeNotice, resolvedSchema, resolveForCheck } from "./resolve";
import { withUserDataProblems } from "./user-data-problems";

/** Each holds listings and markers of its image in memory; the engine may ask for as many at once as there are images. */
const departures = places(12);

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
        const stays = openAll(readOutputs(outputs).publishTo, options);
        const targets = openAll(dropped, options);
        const cache = cacheRecords(options);
        const departure = { targets, leaves: "these targets", cacheRecords: cache, stays } as const;
        await leaveTargets(call, old, departure);
      }
      return outputs;
    },
    read: (call, existing) => refreshImage(call, existing, options),
    delete: (call, existing) =>
      departures.use({ signal: call.signal, onWait: () => undefined }, () =>
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
    const known = await knownArtifacts(
      pinned(parsed.spec, image.resolved),
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
  const difference = diffImage(pinned(parsed.spec, resolved), resolved, old);
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
  existing: Existing,
  options: ImageResourceOptions,
): Promise<void> {
  const old = readOutputs(existing.outputs);
  if (old.instance === noInstance) return;
  await leaveTargets(call, old, {
    targets: openAll(old.publishTo, options),
    leaves: "everything",
    cacheRecords: cacheRecords(options),
    stays: [],
  });
}
