import { StylusError } from "../../base/errors";
import type { StageName } from "../../plan/events";
import type { Accelerator } from "../../schema/names";
import { durationsAt, type TimedStage } from "../../system/host/durations";
import type { Build } from "../context";

/** Runs one stage: reports its start and its end, and aborts its signal after `limitMinutes`. */
export async function stage<T>(
  build: Build,
  name: StageName,
  limitMinutes: number,
  work: (build: Build) => Promise<T>,
  expectedSeconds?: number,
): Promise<T> {
  const started = performance.now();
  build.report({
    type: "stage",
    stage: name,
    state: "started",
    ...(expectedSeconds !== undefined && { expectedSeconds }),
  });
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(timedOut(name, limitMinutes)), limitMinutes * 60_000);
  try {
    const signal = AbortSignal.any([build.signal, limit.signal]);
    const result = await work({ ...build, signal });
    const seconds = (performance.now() - started) / 1000;
    build.report({ type: "stage", stage: name, state: "finished", seconds });
    return result;
  } catch (thrown) {
    const timeout: unknown = limit.signal.reason;
    if (!(timeout instanceof StylusError)) throw thrown;
    // An error with the time-out's code is kept, because it has the console's output and the files to look at.
    throw thrown instanceof StylusError && thrown.code === timeout.code ? thrown : timeout;
  } finally {
    clearTimeout(timer);
  }
}

/** Reports that a stage is not needed, and why. */
export function skip(build: Build, name: StageName, detail: string): void {
  build.report({ type: "stage", stage: name, state: "skipped", detail });
}

/** Known conditions that determine how long a stage takes on this host. */
export interface RunConditions {
  readonly limitMinutes: number;
  readonly installerSha256: string | undefined;
  readonly accelerator: Accelerator;
}

/** A stage that cannot measure its progress: its expected duration comes from earlier runs, and its own is recorded. */
export async function timedStage<T>(
  build: Build,
  name: TimedStage,
  { limitMinutes, installerSha256, accelerator }: RunConditions,
  work: (build: Build) => Promise<T>,
): Promise<T> {
  if (installerSha256 === undefined) return stage(build, name, limitMinutes, work);
  const durations = durationsAt(build.workspace.root, installerSha256, accelerator);
  const expectedSeconds = await durations.expected(name);
  const started = performance.now();
  const result = await stage(build, name, limitMinutes, work, expectedSeconds);
  await durations.add(name, (performance.now() - started) / 1000);
  return result;
}

/** Time limits are set for KVM; a guest under TCG gets three times as long. */
export function scaledLimit(
  minutes: number,
  { accelerator }: { readonly accelerator: Accelerator },
): number {
  return accelerator === "tcg" ? minutes * 3 : minutes;
}

function timedOut(name: StageName, minutes: number): StylusError {
  const codes = {
    fetch: "installer.unreachable",
    inspect: "installer.not-bootable",
    seed: "internal",
    install: "install.timed-out",
    verify: "verify.not-booting",
    convert: "convert.timed-out",
    publish: "publish.timed-out",
  } as const satisfies Record<StageName, string>;
  return new StylusError(codes[name], {
    what: `The stage "${name}" did not end within ${minutes} minutes.`,
    next: `Raise \`timeouts.${limitName(name)}\` if it only needs longer; finished work is kept.`,
  });
}

function limitName(name: StageName): string {
  return name === "inspect" || name === "seed" ? "fetch" : name;
}
