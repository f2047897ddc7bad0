import type { EventSink } from "../plan/events";
import type { BuildRequest, Plan } from "../plan/plan";
import type { Recipe } from "../plan/recipe";
import type { KnownPlaces } from "../records/presence";
import { recordsOf } from "../records/scope";
import type { BaseDisk } from "../system/cached-disk";
import type { Workspace } from "../system/workspace";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import type { Journal } from "./report/journal";

/** Values that all stages of one build share. */
export interface Build {
  readonly request: BuildRequest;
  readonly plan: Plan;
  readonly recipe: Recipe;
  readonly workspace: Workspace;
  readonly targets: readonly Target[];
  /** Records of the local cache. A target's own are `target.capabilities.records`. */
  readonly cacheRecords: RecordStore;
  readonly makeDisk: MakeDisk;
  readonly proveDisk: ProveDisk;
  readonly report: EventSink;
  /** Collects what the build's report shows. */
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

/** Makes a new base disk, installed and verified, at `files.disk`. */
export type MakeDisk = (
  build: KeyedBuild,
  installer: KnownInstaller,
  files: BuildFiles,
) => Promise<void>;

/** Boots an existing base disk of an image as the plan's `verify` asks. Fails if that does not succeed. */
export type ProveDisk = (build: KeyedBuild, disk: BaseDisk) => Promise<void>;

/** Paths of the files of an unfinished build. */
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

/** An installer whose hash is known, or none. */
export interface KnownInstaller {
  /** Absent for a `SiteSeed`, which is made from user-data alone. */
  readonly sha256?: string | undefined;
  /** Present only if the file had to be fetched to know the hash. */
  readonly file?: Installer | undefined;
}

/** All stores that keep a record of this image: those of the targets, and the local cache. */
export function recordStores(build: Build): RecordStore[] {
  return [...recordsOf(build.targets), build.cacheRecords];
}

/** The IDs of this image's places, from the resource's outputs. */
export function knownPlaces({ installKey, plan, cacheRecords }: KeyedBuild): KnownPlaces {
  const { existing } = plan;
  const places = existing?.installKey === installKey ? existing.places : undefined;
  return { installKey, places, cacheRecords };
}

export function log(build: Build, message: string): void {
  build.report({ type: "log", level: "info", message });
}

export function warn(build: Build, message: string): void {
  build.report({ type: "log", level: "warning", message });
}
