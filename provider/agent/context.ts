import type { EventSink, StageName } from "../plan/events";
import type { BuildRequest, Plan } from "../plan/plan";
import type { Recipe } from "../plan/recipe";
import { recordsOf } from "../records/scope";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import { StylusError } from "../base/errors";
import type { Workspace } from "../system/workspace";
import type { Journal } from "./report/journal";

/** What every stage of one build shares. */
export interface Build {
  readonly request: BuildRequest;
  readonly plan: Plan;
  readonly recipe: Recipe;
  readonly workspace: Workspace;
  readonly targets: readonly Target[];
  /** Records of the local cache; those of the targets are `target.capabilities.records`, where they keep some. */
  readonly cacheRecords: RecordStore;
  readonly makeDisk: MakeDisk;
  readonly report: EventSink;
  /** What the report of the whole build will tell. */
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

/** Leaves a new base disk at `files.disk`, installed and verified; the agent's program says how. */
export type MakeDisk = (
  build: KeyedBuild,
  installer: KnownInstaller,
  files: BuildFiles,
) => Promise<void>;

/** Where a build keeps what it is working on. */
export interface BuildFiles {
  readonly folder: string;
  readonly disk: string;
  readonly logs: string;
}

/** A build whose install key is known. */
export interface KeyedBuild extends Build {
  readonly installKey: string;
}

export interface Installer {
  readonly path: string;
  readonly sha256: string;
  readonly validator?: string | undefined;
}

/** An installer whose hash is known, or none; its file only where it had to be fetched to know. */
export interface KnownInstaller {
  /** Absent of a `SiteSeed`, which is made from user-data alone. */
  readonly sha256?: string | undefined;
  readonly file?: Installer | undefined;
}

/** Where this image's record is kept: at every target that keeps some, and in the local cache. */
export function recordStores(build: Build): RecordStore[] {
  return [...recordsOf(build.targets), build.cacheRecords];
}

/** Runs one stage between its events and under its time limit, which is in minutes. */
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
    const late: unknown = limit.signal.reason;
    if (!(late instanceof StylusError)) throw thrown;
    // A stage may fail in its own words because its limit ended what it waited for, or in the limit's with evidence.
    throw thrown instanceof StylusError && thrown.code === late.code ? thrown : late;
  } finally {
    clearTimeout(timer);
  }
}

export function skip(build: Build, name: StageName, detail: string): void {
  build.report({ type: "stage", stage: name, state: "skipped", detail });
}

export function log(build: Build, message: string): void {
  build.report({ type: "log", level: "info", message });
}

export function warn(build: Build, message: string): void {
  build.report({ type: "log", level: "warning", message });
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
    next: `Raise \`timeouts.${limitName(name)}\` if it only needs longer; what is finished is kept.`,
  });
}

function limitName(name: StageName): string {
  return name === "inspect" || name === "seed" ? "fetch" : name;
}
