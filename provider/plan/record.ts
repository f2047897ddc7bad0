import { createHash } from "node:crypto";
import { z } from "zod";
import { firmwares } from "../schema/names";
import { needsDisk } from "./formats";
import { proofName, type Proof } from "./proof";
import { withoutTemplate } from "./template";
import {
  publicationSchema,
  publishedFileSchema,
  schemaVersion,
  type Publication,
} from "../schema/state";

/** The owner of everything that the command line publishes. */
export const cliOwner = "cli";

/**
 * The image itself, created once by the first build that finishes. It has no content digest until something is
 * installed. That of a `SiteSeed` has no installer either, and its machine values have no meaning.
 */
export const headSchema = z.object({
  schemaVersion: z.number().int().max(schemaVersion),
  installKey: z.string(),
  installerSha256: z.string().optional(),
  recipe: z.string(),
  contentDigest: z.string().optional(),
  virtualSizeBytes: z.number().int(),
  firmware: z.enum(firmwares),
});
export type Head = z.infer<typeof headSchema>;

/** The content of a request key's file. */
export const requestSchema = z.object({ installKey: z.string(), installerSha256: z.string() });

export const markerStates = ["pending", "live", "previous"] as const;
export type MarkerState = (typeof markerStates)[number];

/** A marker's file. The state is part of its name, so a change of state adds one file and removes another. */
export const markerSchema = z.object({
  instance: z.string(),
  /** URN of the resource, or `cli`. */
  owner: z.string(),
  /** ISO 8601, UTC. */
  time: z.string(),
  /** Identities of the targets at which the owner may publish. Absent from markers of earlier versions: all targets. */
  targets: z.array(z.string()).readonly().optional(),
  /** Name of the machine that wrote the marker. */
  machine: z.string().optional(),
  /** The process that wrote the marker, to find out whether a pending build still runs. */
  boot: z.string().optional(),
  process: z.number().optional(),
});
export interface Marker extends z.infer<typeof markerSchema> {
  readonly state: MarkerState;
}

/** A publication with the content digest of its install; without one if it is made from the installer. */
export const publicationEntrySchema = publicationSchema.extend({
  contentDigest: z.string().optional(),
});
export type PublicationEntry = z.infer<typeof publicationEntrySchema>;

export function entryOf(published: Publication, { contentDigest }: Head): PublicationEntry {
  // An entry never changes, but the template depends on the current options: readers compute it.
  const publication = withoutTemplate(published);
  const isOfDisk = needsDisk({ type: publication.format }) && contentDigest !== undefined;
  return { ...publication, ...(isOfDisk && { contentDigest }) };
}

/**
 * Whether an entry belongs to the install that the head describes, and not to an earlier one that was lost. A head
 * without an install matches every entry, because another machine may have installed the image since.
 */
export function isOfHead(entry: PublicationEntry, { contentDigest }: Head): boolean {
  const known = [entry.contentDigest, contentDigest].filter((digest) => digest !== undefined);
  return new Set(known).size < 2;
}

/** The report of the build that made an image, at the target that holds the record. */
export const reportEntrySchema = publishedFileSchema;

const root = ".stylus-image";
/** Not `json`: earlier versions read such a file as a publication, and remove other files with the record. */
const reportExtension = ".report";
/** Not `json`, for the same reason. */
const proofExtension = ".proof";

/** Paths of a record's files below a store's root. */
export const recordPaths = {
  all: `${root}/`,
  head: (key: string): string => `${root}/${key}/head.json`,
  /** The head until something is installed. A separate file, so that neither file ever changes. */
  bareHead: (key: string): string => `${root}/${key}/installer.json`,
  publications: (key: string): string => `${root}/${key}/publications/`,
  publication: (key: string, publication: Publication): string =>
    `${root}/${key}/publications/${publication.artifactKey.slice(0, 12)}-${targetHash(publication)}.json`,
  /** One for each install. The report of the earlier install is removed when an image is installed again. */
  report: ({ installKey, contentDigest }: Pick<Head, "installKey" | "contentDigest">): string =>
    `${root}/${installKey}/publications/${(contentDigest ?? installKey).slice(0, 12)}${reportExtension}`,
  isReport: (path: string): boolean => path.endsWith(reportExtension),
  /** One for each thing that was shown of one install. */
  proof: (
    key: string,
    { contentDigest, proven }: Pick<Proof, "contentDigest" | "proven">,
  ): string =>
    `${root}/${key}/publications/${contentDigest.slice(0, 12)}-${proofName(proven)}${proofExtension}`,
  isProof: (path: string): boolean => path.endsWith(proofExtension),
  owners: (key: string): string => `${root}/${key}/owners/`,
  owner: (key: string, instance: string, state: MarkerState): string =>
    `${root}/${key}/owners/${instance}.${state}.json`,
  requests: `${root}/requests/`,
  request: (request: string): string => `${root}/requests/${request}.json`,
};

function targetHash(publication: Publication): string {
  return createHash("sha256").update(publication.uri).digest("hex").slice(0, 12);
}

/**
 * The prefix of every instance of an owner, so that the names of markers tell their owner, in a bucket with the images
 * of many owners.
 */
export function ownerTag(owner: string): string {
  return createHash("sha256").update(owner).digest("hex").slice(0, 12);
}

/** Install keys of the images with a marker of this owner, from the paths of a store's files. */
export function keysOfOwner(paths: readonly string[], owner: string): string[] {
  const marker = new RegExp(`/([0-9a-f]{64})/owners/${ownerTag(owner)}-`);
  return [...new Set(paths.flatMap((path) => marker.exec(path)?.[1] ?? []))];
}

/** Instance and state from the path of a marker; undefined for another file. */
export function parseOwnerPath(path: string): { instance: string; state: MarkerState } | undefined {
  const match = /\/owners\/([0-9a-z-]+)\.(pending|live|previous)\.json$/.exec(path);
  const state = markerStates.find((candidate) => candidate === match?.[2]);
  return match?.[1] === undefined || state === undefined
    ? undefined
    : { instance: match[1], state };
}
