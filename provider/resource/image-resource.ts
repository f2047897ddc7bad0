import { randomBytes } from "node:crypto";
import { canonicalJson } from "../plan/canonical-json";
import { imageId } from "../plan/keys";
import { targetId } from "../plan/make-plan";
import { ownerTag } from "../plan/record";
import type { AgentEvent } from "../plan/events";
import { BuildFailure } from "../hosts/build-failure";
import type { BuildHost } from "../hosts/host";
import { places } from "../hosts/places";
import { asStylusError } from "../spec/errors";
import type { BuildHostSpec, ImageSpec } from "../spec/image-spec";
import type { TargetSpec } from "../spec/target-spec";
import { longestImageName } from "../spec/names";
import { parseImageSpec, requireSpec, type ParsedSpec } from "../spec/parse";
import { noInstance, type ImageState } from "../spec/state";
import { buildRequest } from "./build-request";
import { PartialState, type Call, type Data, type Existing, type Handlers } from "./handlers";
import { diffImage } from "./image-diff";
import { droppedTargets, leaveTargets } from "./image-leave";
import { readOutputs, type ImageOutputs } from "./image-outputs";
import { refreshImage } from "./image-refresh";
import { cacheRecords, openAll, type TargetOptions } from "./image-targets";
import { forgetIdentity } from "./installer-identity";
import { knownArtifacts } from "./known";
import {
  completeImage,
  pinned,
  recipeNotice,
  resolvedSchema,
  resolveForCheck,
  resolveImage,
  type Resolved,
} from "./resolve-image";
import { statusOf } from "./status";

export interface ImageResourceOptions extends TargetOptions {
  readonly openHost: (spec: BuildHostSpec, rootDirectory: string) => BuildHost;
  /** What a user may say of it; unless given, of a `StylusImage`. */
  readonly parse?: (inputs: Data) => ParsedSpec;
}

/** Each holds listings and markers of its image in memory; the engine may ask for as many at once as there are images. */
const departures = places(12);

/** `StylusImage` for whatever engine calls it. */
export function imageResource(options: ImageResourceOptions): Handlers {
  return {
    check: (call, request) => check(call, request, options),
    diff: (_call, { outputs, newInputs }) => Promise.resolve(diff(outputs, newInputs, options)),
    create: (call, { inputs }) => build(call, inputs, undefined, options),
    update: async (call, existing) => {
      const old = readOutputs(existing.outputs);
      const { outputs } = await build(call, existing.newInputs, { id: existing.id, old }, options);
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

async function check(
  call: Call,
  request: { oldInputs: Data; newInputs: Data },
  options: ImageResourceOptions,
): ReturnType<Handlers["check"]> {
  const { parse = parseImageSpec } = options;
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
    ...(sameTargets(publishTo, old.publishTo) ? [] : [reachReason(publishTo, old.publishTo)]),
    ...(keepPrevious === old.keepPrevious
      ? []
      : [`${keepPrevious} previous images are to be kept, not ${old.keepPrevious}.`]),
  ];
  return { changes: reasons.length > 0, replaces: [], reasons };
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

interface Former {
  readonly id: string;
  readonly old: ImageOutputs;
}

/** Create and update are one way: what is missing is made. */
async function build(
  call: Call,
  inputs: Data,
  former: Former | undefined,
  options: ImageResourceOptions,
): Promise<Existing> {
  const { parse = parseImageSpec } = options;
  const spec = requireSpec(parse(inputs));
  const resolved = await resolvedOf(call, spec, inputs, options);
  const name = nameOf(call.urn);
  const owner = call.urn ?? "unknown";
  const request = buildRequest(spec, resolved, {
    ...options,
    name,
    owner,
    instance: former?.old.instance ?? `${ownerTag(owner)}-${randomBytes(8).toString("hex")}`,
    existing: former?.old,
    keptPrevious: former?.old.keepPrevious,
  });
  const existing = (state: ImageState): Existing => ({
    id: former?.id ?? imageId(name, state.installKey),
    outputs: { ...state, publishTo: inputs["publishTo"], keepPrevious: spec.keepPrevious },
  });
  try {
    const host = options.openHost(spec.buildHost, options.rootDirectory);
    const state = await host.build(request, follow(call), call.signal);
    // What stays on the row when it is done.
    call.log.stage(`published: ${spec.formats.map(({ type }) => type).join(", ")}`);
    return existing(state);
  } catch (thrown) {
    if (!(thrown instanceof BuildFailure)) throw thrown;
    if (thrown.cause.code === "installer.changed" && spec.installer !== undefined) {
      await forgetIdentity(spec.installer, options.cacheDirectory);
    }
    if (thrown.partial === undefined) throw thrown;
    throw new PartialState(
      thrown.message,
      withFormer(existing(thrown.partial), spec, former),
      thrown.cause,
    );
  }
}

/** Targets that are no longer named, and previous images, are still to be left by the update that ends well. */
function withFormer(existing: Existing, spec: ImageSpec, former: Former | undefined): Existing {
  const named = spec.publishTo.map(targetId);
  const left = (former?.old.publishTo ?? []).filter((target) => !named.includes(targetId(target)));
  const keepPrevious = Math.max(spec.keepPrevious, former?.old.keepPrevious ?? 0);
  return {
    ...existing,
    outputs: {
      ...existing.outputs,
      ...(left.length > 0 && { formerTargets: left }),
      keepPrevious,
    },
  };
}

async function resolvedOf(
  call: Call,
  spec: ImageSpec,
  inputs: Data,
  options: ImageResourceOptions,
): ReturnType<typeof resolveImage> {
  const context = { ...options, warn: call.log.warn, signal: call.signal };
  const resolved: Resolved | undefined = resolvedSchema.safeParse(inputs["resolved"]).data;
  if (resolved === undefined) return resolveImage(spec, context);
  return completeImage(spec, resolved, context);
}

function follow(call: Call): (event: AgentEvent) => void {
  const status = statusOf();
  return (event) => {
    if (event.type === "log" && event.level === "warning") call.log.warn(event.message);
    else if (event.type === "log") call.log.info(event.message);
    const line = status(event);
    if (line === undefined) return;
    if (event.type === "stage") call.log.stage(line);
    else call.log.status(line);
  };
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

/** The last part of `urn:pulumi:stack::project::type::name`, in the letters that every target takes. */
function nameOf(urn: string | undefined): string {
  const name = urn?.split("::").slice(3).join("-") ?? "image";
  return (
    name
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[-.]+/, "")
      .slice(0, longestImageName) || "image"
  );
}
