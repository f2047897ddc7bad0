import { makePlan, type PlanContext } from "../../../provider/plan/make-plan";
import { artifactKey } from "../../../provider/plan/keys";
import type { AgentEvent } from "../../../provider/plan/events";
import type { BuildRequest } from "../../../provider/plan/plan";
import type { Head } from "../../../provider/plan/record";
import { findRecipe, type Recipe } from "../../../provider/plan/recipe";
import { directoryRecords } from "../../../provider/targets/directory/records";
import type { Target } from "../../../provider/targets/target";
import type { KeyedBuild } from "../../../provider/agent/context";
import { openJournal } from "../../../provider/agent/report/journal";
import { formatSchema } from "../../../provider/schema/formats";
import type { FormatName } from "../../../provider/schema/names";
import { requireImageSpec } from "../../../provider/schema/parse";
import { GiB } from "../../../provider/base/size";
import { schemaVersion, type ImageState, type Publication } from "../../../provider/schema/state";
import { workspaceAt } from "../../../provider/system/workspace";

export const digest = (letter: string): string => letter.repeat(64);
export const installKey = digest("1");
export const contentDigest = digest("d");
export const signal = new AbortController().signal;

/** The head of an image for which only the installer was needed so far. */
export const bareHead: Head = {
  schemaVersion,
  installKey,
  installerSha256: digest("c"),
  recipe: "1",
  virtualSizeBytes: 100 * GiB,
  firmware: "bios",
};
export const head: Head = { ...bareHead, contentDigest };

/** A publication as a target with that name returns it. */
export function publicationAt(
  target: string,
  format: FormatName = "raw",
  content: string = contentDigest,
): Publication {
  const encoder = format === "raw" ? "none" : "qemu-img 7.2";
  const spec =
    format === "raw"
      ? ({ type: "raw" } as const)
      : ({ type: "qcow2", compression: "zlib" } as const);
  const key = artifactKey({ installKey, contentDigest: content }, spec, encoder);
  return {
    format,
    target,
    uri: `memory://${target}/${key.slice(0, 12)}.${format}`,
    url: `memory://${target}/${key.slice(0, 12)}.${format}`,
    sizeBytes: 1,
    mediaType: "application/octet-stream",
    artifactKey: key,
    encoder,
  };
}

/** The ISO of that image with default options. */
export function isoAt(target: string): Publication {
  const encoder = "xorriso 1.5.4";
  const key = artifactKey({ installKey }, formatSchema.parse("iso"), encoder);
  const uri = `memory://${target}/${key.slice(0, 12)}.iso`;
  return {
    ...{ format: "iso", target, uri, url: uri, sizeBytes: 1, sha256: digest("b") },
    ...{ mediaType: "application/x-iso9660-image", artifactKey: key, encoder },
  };
}

export const entryOf = (publication: Publication, content: string = contentDigest) => ({
  ...publication,
  contentDigest: content,
});

export interface BuildOptions {
  readonly folder: string;
  readonly targets: readonly Target[];
  readonly formats?: readonly FormatName[];
  readonly context?: Partial<PlanContext>;
  readonly request?: Partial<BuildRequest>;
  readonly events?: AgentEvent[];
}

/** A build of raw and qcow2 at every target, with its cache and records below `folder`. */
export function buildFor(options: BuildOptions): KeyedBuild {
  const { folder, targets, formats = ["raw", "qcow2"], events = [] } = options;
  const paths = targets.map(({ id }) => id.slice("directory:".length));
  const spec = requireImageSpec({
    installer: { path: "/nowhere/a.iso" },
    formats,
    publishTo: (paths.length === 0 ? ["unused"] : paths).map((path) => ({
      type: "directory",
      path,
    })),
  });
  const plan = {
    ...makePlan(spec, {
      name: "edge",
      owner: "urn:me",
      instance: "me",
      recipe: "1",
      installer: { sha256: digest("c") },
      userDataDigest: digest("a"),
      ...options.context,
    }),
    installKey,
  };
  const request: BuildRequest = {
    plan,
    installerHeaders: {},
    userData: {},
    targets: spec.publishTo,
    rootDirectory: folder,
    cacheDirectory: folder,
    ...options.request,
  };
  return {
    request,
    plan,
    recipe: findRecipe("1") as Recipe,
    workspace: workspaceAt(folder),
    targets,
    cacheRecords: directoryRecords(`${folder}/cache`, "the local cache"),
    makeDisk: () => Promise.reject(new Error("no disk is made here")),
    proveDisk: () => Promise.resolve(),
    report: (event) => events.push(event),
    journal: openJournal(),
    signal,
    installKey,
  };
}

export function stateWith(artifacts: readonly Publication[]): ImageState {
  return {
    ...head,
    instance: "me",
    arch: "amd64",
    guestId: "g",
    scsiType: "s",
    artifacts: [...artifacts],
    pending: [],
    missing: [],
  };
}
