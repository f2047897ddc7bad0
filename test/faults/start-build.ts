import { randomBytes } from "node:crypto";
import { BuildFailure } from "../../provider/hosts/host";
import { localHost } from "../../provider/hosts/local";
import type { AgentEvent } from "../../provider/plan/events";
import type { BuildRequest } from "../../provider/plan/plan";
import { buildRequest } from "../../provider/resource/image/request";
import { resolveImage } from "../../provider/resource/image/resolve";
import { StylusError } from "../../provider/base/errors";
import type { ImageInput } from "../../provider/schema/image";
import { requireImageSpec } from "../../provider/schema/parse";
import type { ImageState } from "../../provider/schema/state";
import { writeLauncher, type Surroundings } from "./launcher";
import type { Place } from "./place";
import { eventually } from "./processes";

/** How a build ended: with outputs, or with the error that the person at the terminal sees. */
export interface Outcome {
  readonly state: ImageState | undefined;
  readonly error: StylusError | undefined;
}

export interface StartedBuild {
  readonly ended: Promise<Outcome>;
  readonly events: readonly AgentEvent[];
  readonly cancel: () => void;
}

/** A machine that the stand-in installer fits, as small as it may be. */
export const smallMachine = {
  memory: "1GiB",
  cpus: 1,
  diskSize: "1GiB",
  accelerator: "tcg",
} as const;

/** Builds with the stand-in installer as the resource and the CLI do, by the agent that the package ships. */
export function startBuild(
  place: Place,
  input: Partial<ImageInput> = {},
  around: Surroundings = {},
): StartedBuild {
  const events: AgentEvent[] = [];
  const abort = new AbortController();
  return {
    ended: build(place, input, around, events, abort.signal),
    events,
    cancel: () => abort.abort(),
  };
}

async function build(
  place: Place,
  input: Partial<ImageInput>,
  around: Surroundings,
  events: AgentEvent[],
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const request = await requestFor(place, input, signal);
    const host = localHost({ agentPath: await writeLauncher(place, around) });
    const state = await host.build(request, (event) => events.push(event), signal);
    return { state, error: undefined };
  } catch (thrown) {
    if (thrown instanceof StylusError) return { state: undefined, error: thrown };
    if (!(thrown instanceof BuildFailure)) throw thrown;
    return { state: thrown.partial, error: thrown.cause };
  }
}

/** What the resource asks of an agent. */
export async function requestFor(
  place: Place,
  input: Partial<ImageInput>,
  signal: AbortSignal,
): Promise<BuildRequest> {
  const spec = requireImageSpec({ ...defaults, ...input });
  const context = {
    name: "image",
    owner: "test",
    instance: randomBytes(8).toString("hex"),
    rootDirectory: place.folder,
    cacheDirectory: place.cache,
    warn: () => undefined,
    signal,
  };
  // What this process finds out belongs to its own user, which need not be the agent's.
  const resolved = await resolveImage(spec, { ...context, cacheDirectory: place.ownCache });
  return buildRequest(spec, resolved, context);
}

const defaults = {
  installer: "installer.iso",
  machine: smallMachine,
  formats: ["raw"],
  publishTo: [{ type: "directory", path: "images" }],
};

/** The lines of the guest's console. */
export function consoleOf({ events }: Pick<StartedBuild, "events">): string[] {
  return events.flatMap((event) => (event.type === "console" ? [event.line] : []));
}

export function logsOf(
  { events }: Pick<StartedBuild, "events">,
  level: "info" | "warning",
): string[] {
  return events.flatMap((event) =>
    event.type === "log" && event.level === level ? [event.message] : [],
  );
}

/** Waits until the guest has said it; fails at once when the build ends before. */
export async function untilConsoleSays(build: StartedBuild, pattern: RegExp): Promise<void> {
  let ended: Outcome | undefined;
  void build.ended.then((outcome) => (ended = outcome)).catch(() => undefined);
  await eventually(`the console says ${pattern}`, () => {
    const said = consoleOf(build).some((line) => pattern.test(line));
    if (!said && ended !== undefined) throw ended.error ?? new Error("the build ended before");
    return Promise.resolve(said);
  });
}
