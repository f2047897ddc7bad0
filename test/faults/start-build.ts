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

/** The result of a build: its outputs, or the error that the user sees. */
export interface Outcome {
  readonly state: ImageState | undefined;
  readonly error: StylusError | undefined;
}

export interface StartedBuild {
  readonly ended: Promise<Outcome>;
  readonly events: readonly AgentEvent[];
  readonly cancel: () => void;
}

/** The smallest machine on which the stand-in installer runs. */
export const smallMachine = {
  memory: "1GiB",
  cpus: 1,
  diskSize: "1GiB",
  accelerator: "tcg",
} as const;

/** Starts a build as the resource and the CLI do, with the stand-in installer and the package's agent. */
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

/** The request that the resource sends to an agent. */
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
  // This process and the agent may run as different users, so they have different caches.
  const resolved = await resolveImage(spec, { ...context, cacheDirectory: place.ownCache });
  return buildRequest(spec, resolved, context);
}

const defaults = {
  installer: "installer.iso",
  machine: smallMachine,
  formats: ["raw"],
  publishTo: [{ type: "directory", path: "images" }],
};

/** Lines of the guest's console. */
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

/** Waits until the console shows the pattern. Fails at once if the build ends first. */
export async function untilConsoleSays(build: StartedBuild, pattern: RegExp): Promise<void> {
  let ended: Outcome | undefined;
  void build.ended.then((outcome) => (ended = outcome)).catch(() => undefined);
  await eventually(`the console says ${pattern}`, () => {
    const said = consoleOf(build).some((line) => pattern.test(line));
    if (!said && ended !== undefined) throw ended.error ?? new Error("the build ended before");
    return Promise.resolve(said);
  });
}
