import { createInterface } from "node:readline";
import { type AgentEvent, type EventSink, errorEvent } from "../plan/events";
import { buildRequestSchema, type BuildRequest } from "../plan/plan";
import { findRecipe } from "../plan/recipe";
import { directoryRecords } from "../targets/directory/target";
import { openTarget } from "../targets/open-target";
import { asStylusError, StylusError } from "../base/errors";
import type { ImageState } from "../schema/state";
import { onToolStart } from "../system/process/started-tools";
import { workspaceAt } from "../system/workspace";
import type { Build, MakeDisk } from "./context";
import { buildImage } from "./build-image";
import { asBuildError, redactor, secretsOf } from "./redact";
import { openJournal } from "./report/journal";

/** How long a build that was told to end may take; whoever started it may be gone and cannot kill it. */
const graceMilliseconds = 4000;

/**
 * The process that builds: a request on standard input, events on standard output. It exits by itself.
 *
 * What it does not do itself is making a new base disk.
 */
export function runAgent(makeDisk: MakeDisk): void {
  // A result on its way out is not cut off; what still hangs (a socket, a timer) does not keep us.
  serve(makeDisk)
    .catch((thrown: unknown) => {
      process.stderr.write(`${asStylusError(thrown).message}\n`);
      process.exitCode = 1;
    })
    .finally(() => process.stdout.write("", () => process.exit()));
}

async function serve(makeDisk: MakeDisk): Promise<void> {
  const cancel = new AbortController();
  const request = await readRequest(cancel);
  const say = reporter(redactor(secretsOf(request)));
  const journal = openJournal();
  const report: EventSink = (event) => {
    journal.add(event);
    say(event);
  };
  // Somebody who only asks us to end (a supervisor, a shut-down) gets the same orderly end.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => cancel.abort());
  }
  onToolStart((command) => report({ type: "command", command }));
  let state: ImageState | undefined;
  const reportFinished = (): void => {
    if (state !== undefined && state.artifacts.length > 0) report({ type: "result", state });
  };
  const leave = (): void => {
    reportFinished();
    process.stdout.write("", () => process.exit(1));
  };
  cancel.signal.addEventListener("abort", () => setTimeout(leave, graceMilliseconds).unref());
  try {
    const build = { ...prepare(request, makeDisk, cancel.signal), report, journal };
    state = await buildImage(build, (progress) => (state = progress));
    report({ type: "result", state });
  } catch (thrown) {
    reportFinished();
    report(errorEvent(asBuildError(thrown, cancel.signal)));
    process.exitCode = 1;
  }
}

function prepare(
  request: BuildRequest,
  makeDisk: MakeDisk,
  signal: AbortSignal,
): Omit<Build, "report" | "journal"> {
  const recipe = findRecipe(request.plan.recipe);
  if (recipe === undefined) {
    throw new StylusError("internal", {
      what: `The plan asks for recipe ${request.plan.recipe}, which this agent does not know.`,
      next: "Install the same version of pulumi-stylus-image on the build host.",
    });
  }
  const workspace = workspaceAt(request.cacheDirectory);
  return {
    request,
    plan: request.plan,
    recipe,
    workspace,
    targets: request.targets.map((target) => openTarget(target, request)),
    cacheRecords: directoryRecords(workspace.root, "the local cache"),
    makeDisk,
    signal,
  };
}

/** The first line is the request. The end of the input means that whoever asked is gone: the build ends too. */
function readRequest(cancel: AbortController): Promise<BuildRequest> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: process.stdin });
    lines.once("line", (line) => {
      try {
        resolve(buildRequestSchema.parse(JSON.parse(line)));
      } catch (cause) {
        reject(new Error("standard input holds no build request", { cause }));
      }
    });
    lines.once("close", () => {
      cancel.abort();
      reject(new Error("standard input ended before the request"));
    });
  });
}

/** Fields that hold words of the protocol; a secret that is spelled like one of them must not break an event. */
const vocabulary: readonly string[] = ["type", "code", "level"];

/** Whatever a guest or a tool said passes the redactor; data of our own holds no secret. */
function reporter(redact: (text: string) => string): (event: AgentEvent) => void {
  const spoken: readonly AgentEvent["type"][] = ["console", "log", "command", "error"];
  return (event) => {
    const clean = (key: string, value: unknown): unknown =>
      typeof value === "string" && !vocabulary.includes(key) ? redact(value) : value;
    const text = JSON.stringify(event, spoken.includes(event.type) ? clean : undefined);
    process.stdout.write(`${text}\n`);
  };
}
