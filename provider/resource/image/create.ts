import { randomBytes } from "node:crypto";
import { BuildFailure } from "../../hosts/host";
import type { AgentEvent } from "../../plan/events";
import { imageId } from "../../plan/keys";
import { targetId } from "../../plan/make-plan";
import { ownerTag } from "../../plan/record";
import type { ImageSpec } from "../../schema/image";
import { longestImageName } from "../../schema/names";
import { parseImageSpec, requireSpec } from "../../schema/parse";
import type { ImageState } from "../../schema/state";
import { buildRequest } from "./request";
import { PartialState, type Call, type Data, type ExistingResource } from "../handlers";
import type { ImageResourceOptions } from "./options";
import type { ImageOutputs } from "./outputs";
import { forgetIdentity } from "./installer-identity";
import { completeImage, resolveImage } from "./resolve";
import { resolvedSchema, type Resolved } from "./resolved";
import { statusFormatter } from "../engine/status";

/** What an update begins with. */
interface ExistingImage {
  readonly id: string;
  readonly old: ImageOutputs;
}

/** Create and update are one way: what is missing is made. */
export async function buildImage(
  call: Call,
  inputs: Data,
  former: ExistingImage | undefined,
  options: ImageResourceOptions,
): Promise<ExistingResource> {
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
  const existing = (state: ImageState): ExistingResource => ({
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
function withFormer(
  existing: ExistingResource,
  spec: ImageSpec,
  former: ExistingImage | undefined,
): ExistingResource {
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
  const status = statusFormatter();
  return (event) => {
    if (event.type === "log" && event.level === "warning") call.log.warn(event.message);
    else if (event.type === "log") call.log.info(event.message);
    const line = status(event);
    if (line === undefined) return;
    if (event.type === "stage") call.log.stage(line);
    else call.log.status(line);
  };
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
