import { asStylusError, StylusError } from "../base/errors";
import { errorEvent, type EventSink } from "../plan/events";
import type { BuildRequest } from "../plan/plan";
import { findRecipe } from "../plan/recipe";
import type { ImageState } from "../schema/state";
import { onToolStart } from "../system/process/started-tools";
import { workspaceAt } from "../system/workspace";
import { directoryRecords } from "../targets/directory/target";
import { openTarget } from "../targets/open-target";
import { asBuildError } from "./build-error";
import { buildImage } from "./build-image";
import type { Build, MakeDisk, ProveDisk } from "./context";
import { eventWriter } from "./event-writer";
import { readRequest } from "./read-request";
import { redactor, secretsOf } from "./redact";
import { openJournal } from "./report/journal";

/** How long a cancelled build may take to end: its caller may be gone, and then nothing else kills it. */
const graceMilliseconds = 4000;

/** The operations of an agent that use virtual machines. */
interface Machines {
  readonly makeDisk: MakeDisk;
  readonly proveDisk: ProveDisk;
}

/** Boots a disk in QEMU. */
const bootDisk: ProveDisk = (build, disk) => {
  const { proveDisk } = require("./stages/prove-disk") as typeof import("./stages/prove-disk");
  return proveDisk(build, disk);
};

/** Runs the agent's process: reads a request from standard input, builds, writes events to standard output, exits. */
export function runAgent(makeDisk: MakeDisk, proveDisk: ProveDisk = bootDisk): void {
  // Exits after the output is written, without waiting for open sockets and timers.
  serve({ makeDisk, proveDisk })
    .catch((thrown: unknown) => {
      process.stderr.write(`${asStylusError(thrown).message}\n`);
      process.exitCode = 1;
    })
    .finally(() => process.stdout.write("", () => process.exit()));
}

async function serve(machines: Machines): Promise<void> {
  const cancel = new AbortController();
  const request = await readRequest(cancel);
  const redact = redactor(secretsOf(request));
  const write = eventWriter(redact);
  const journal = openJournal();
  const report: EventSink = (event) => {
    // Masked before the journal shortens it: half of a secret would not be recognised.
    journal.add(event.type === "log" ? { ...event, message: redact(event.message) } : event);
    write(event);
  };
  // A supervisor or a shutdown sends these signals; they end the build in the same way as the end of the input.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => cancel.abort());
  }
  onToolStart((command) => report({ type: "command", command }));
  let state: ImageState | undefined;
  const reportPublished = (): void => {
    if (state !== undefined && state.artifacts.length > 0) report({ type: "result", state });
  };
  const exitUnfinished = (): void => {
    reportPublished();
    process.stdout.write("", () => process.exit(1));
  };
  cancel.signal.addEventListener("abort", () =>
    setTimeout(exitUnfinished, graceMilliseconds).unref(),
  );
  try {
    const build = { ...openBuild(request, machines, cancel.signal), report, journal };
    state = await buildImage(build, (progress) => (state = progress));
    report({ type: "result", state });
  } catch (thrown) {
    reportPublished();
    report(errorEvent(asBuildError(thrown, cancel.signal)));
    process.exitCode = 1;
  }
}

function openBuild(
  request: BuildRequest,
  machines: Machines,
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
    ...machines,
    signal,
  };
}
