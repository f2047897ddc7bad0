import { targetId } from "../../schema/targets/identity";
import { randomBytes } from "node:crypto";
import { BuildFailure } from "../../hosts/host";
import type { AgentEvent } from "../../plan/events";
import { imageId } from "../../plan/keys";
import { ownerTag } from "../../plan/record";
import type { ImageSpec } from "../../schema/image";
import { longestImageName } from "../../schema/names";
import type { ImageState } from "../../schema/state";
import { statusFormatter } from "../engine/status";
import { PartialState, type Call, type Data, type ExistingResource } from "../handlers";
import { withFormer } from "./former-outputs";
import { forgetIdentity } from "./installer-identity";
import { knownInstances, noteInstance } from "./known-instances";
import type { ImageResourceOptions } from "./options";
import type { ImageOutputs } from "./outputs";
import { buildRequest } from "./request";
import { completeImage, resolveImage } from "./resolve";
import { readResolved, type ResolvedImage } from "./resolved";

interface Build {
  readonly inputs: Data;
  readonly spec: ImageSpec;
  /** The resource before an update; undefined on create. */
  readonly old: { readonly id: string; readonly outputs: ImageOutputs } | undefined;
}

/** Makes and publishes the artifacts that do not exist yet, for create and update. */
export async function buildImage(
  call: Call,
  { inputs, spec, old }: Build,
  options: ImageResourceOptions,
): Promise<ExistingResource> {
  const image = await resolveInputs(call, spec, inputs, options);
  const name = imageName(call.urn);
  const owner = call.urn ?? "unknown";
  const instance = old?.outputs.instance ?? `${ownerTag(owner)}-${randomBytes(8).toString("hex")}`;
  const request = buildRequest(spec, image, {
    ...options,
    name,
    owner,
    instance,
    existing: old?.outputs,
    knownInstances: knownInstances(call.urn),
    keptPrevious: old?.outputs.keepPrevious,
  });
  const resourceOf = (state: ImageState): ExistingResource => ({
    id: old?.id ?? imageId(name, state.installKey),
    outputs: { ...state, publishTo: inputs["publishTo"], keepPrevious: spec.keepPrevious },
  });
  try {
    const host = options.openHost(spec.buildHost, options.rootDirectory);
    const state = await host.build(request, logEvents(call), call.signal);
    // The last status stays on the resource's row.
    call.log.stage(`published: ${spec.formats.map(({ type }) => type).join(", ")}`);
    noteInstance(instance);
    return resourceOf(state);
  } catch (thrown) {
    if (!(thrown instanceof BuildFailure)) throw thrown;
    if (thrown.cause.code === "installer.changed" && spec.installer !== undefined) {
      await forgetIdentity(spec.installer, options.cacheDirectory);
    }
    if (thrown.partial === undefined) {
      if (old === undefined && thrown.cause.code === "host.agent-died") {
        const { makePending } =
          require("./unsaved-instance") as typeof import("./unsaved-instance");
        await makePending(instance, spec.publishTo, options);
      }
      throw thrown;
    }
    const partial = withUnreleased(resourceOf(thrown.partial), spec, old?.outputs);
    throw new PartialState(thrown.message, partial, thrown.cause);
  }
}

/** Adds what the failed update did not release: targets no longer in `publishTo`, and previous images. */
function withUnreleased(
  { id, outputs }: ExistingResource,
  spec: ImageSpec,
  old: ImageOutputs | undefined,
): ExistingResource {
  const keepPrevious = Math.max(spec.keepPrevious, old?.keepPrevious ?? 0);
  const named = spec.publishTo.map(targetId);
  const former = (old?.publishTo ?? []).filter((target) => !named.includes(targetId(target)));
  const all = { ...outputs, keepPrevious };
  return { id, outputs: old === undefined ? all : withFormer(all, old, former) };
}

async function resolveInputs(
  call: Call,
  spec: ImageSpec,
  inputs: Data,
  options: ImageResourceOptions,
): Promise<ResolvedImage> {
  const context = { ...options, warn: call.log.warn, signal: call.signal };
  const resolved = readResolved(inputs);
  if (resolved === undefined) return resolveImage(spec, context);
  return completeImage(spec, resolved, context);
}

function logEvents({ log }: Call): (event: AgentEvent) => void {
  const formatStatus = statusFormatter();
  return (event) => {
    if (event.type === "log" && event.level === "warning") log.warn(event.message);
    else if (event.type === "log") log.info(event.message);
    const status = formatStatus(event);
    if (status === undefined) return;
    if (event.type === "stage") log.stage(status);
    else log.status(status);
  };
}

/** The name in a URN (`urn:pulumi:stack::project::type::name`), in characters that every target accepts. */
function imageName(urn: string | undefined): string {
  const name = urn?.split("::").slice(3).join("-") ?? "image";
  return (
    name
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[-.]+/, "")
      .slice(0, longestImageName) || "image"
  );
}
