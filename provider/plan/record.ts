import { createHash } from "node:crypto";
import { z } from "zod";
import { firmwares } from "../schema/names";
import { needsDisk } from "./formats";
import { withoutTemplate } from "./template";
import {
  publicationSchema,
  publishedFileSchema,
  schemaVersion,
  type Publication,
} from "../schema/state";

/** Who owns what the command line publishes. */
export const cliOwner = "cli";

/**
 * The image itself, created once by the build that won; without a content digest as long as nothing is installed. That
 * of a `SiteSeed` has no installer either, and its machine says nothing.
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

/** What a request key leads to. */
export const requestSchema = z.object({ installKey: z.string(), installerSha256: z.string() });

export const markerStates = ["pending", "live", "previous"] as const;
export type MarkerState = (typeof markerStates)[number];

/** A marker's file; its state stands in the name, so that changing it is adding one and removing one. */
export const markerSchema = z.object({
  instance: z.string(),
  /** URN of the resource, or `cli`. */
  owner: z.string(),
  /** ISO 8601, UTC. */
  time: z.string(),
});
export interface Marker extends z.infer<typeof markerSchema> {
  readonly state: MarkerState;
}

/** A publication, and the install that it is of; of none where it is made from the installer. */
export const publicationEntrySchema = publicationSchema.extend({
  contentDigest: z.string().optional(),
});
export type PublicationEntry = z.infer<typeof publicationEntrySchema>;

export function entryOf(published: Publication, { contentDigest }: Head): PublicationEntry {
  // An entry is never changed: what today's options make of it is left to whoever reads.
  const publication = withoutTemplate(published);
  const isOfDisk = needsDisk({ type: publication.format }) && contentDigest !== undefined;
  return { ...publication, ...(isOfDisk && { contentDigest }) };
}

/**
 * Whether an entry is of the image as its head describes it, and not of an install that was lost before. A head without
 * an install says nothing of any: one may have come to be on another machine.
 */
export function isOfHead(entry: PublicationEntry, { contentDigest }: Head): boolean {
  const known = [entry.contentDigest, contentDigest].filter((digest) => digest !== undefined);
  return new Set(known).size < 2;
}

/** The report of the build that made an image, at the target whose record it is in. */
export const reportEntrySchema = publishedFileSchema;

const root = ".stylus-image";
/** Not `json`: earlier versions take what is called so for a publication, and remove what is not with the record. */
const reportExtension = ".report";

/** Paths of a record's files below a store's root. */
export const recordPaths = {
  all: `${root}/`,
  head: (key: string): string => `${root}/${key}/head.json`,
  /** The head as long as nothing is installed. A file of its own, so that neither is ever changed. */
  bareHead: (key: string): string => `${root}/${key}/installer.json`,
  publications: (key: string): string => `${root}/${key}/publications/`,
  publication: (key: string, publication: Publication): string =>
    `${root}/${key}/publications/${publication.artifactKey.slice(0, 12)}-${targetHash(publication)}.json`,
  /** One for each install: of an image that was installed anew, the former one's goes. */
  report: ({ installKey, contentDigest }: Pick<Head, "installKey" | "contentDigest">): string =>
    `${root}/${installKey}/publications/${(contentDigest ?? installKey).slice(0, 12)}${reportExtension}`,
  isReport: (path: string): boolean => path.endsWith(reportExtension),
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
 * What every instance of an owner begins with: the names of markers alone tell whose they are, in a bucket with the
 * images of many others.
 */
export function ownerTag(owner: string): string {
  return createHash("sha256").update(owner).digest("hex").slice(0, 12);
}

/** Install keys of the images that have a marker of this owner's, from the paths of a store's files. */
export function keysOfOwner(paths: readonly string[], owner: string): string[] {
  const marker = new RegExp(`/([0-9a-f]{64})/owners/${ownerTag(owner)}-`);
  return [...new Set(paths.flatMap((path) => marker.exec(path)?.[1] ?? []))];
}

/** Instance and state from a marker's path, or undefined for a file that is no marker. */
export function parseOwnerPath(path: string): { instance: string; state: MarkerState } | undefined {
  const match = /\/owners\/([0-9a-z-]+)\.(pending|live|previous)\.json$/.exec(path);
  const state = markerStates.find((candidate) => candidate === match?.[2]);
  return match?.[1] === undefined || state === undefined
    ? undefined
    : { instance: match[1], state };
}
