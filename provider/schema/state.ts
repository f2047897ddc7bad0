import { z } from "zod";
import { canonicalTargetId } from "./targets/identity";
import { artifactFormats, firmwares } from "./names";

/** Version of outputs and records. Readers accept their own and every earlier one. */
export const schemaVersion = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Earlier versions stored some identities as the user spelled them. */
const storedTargetId = z.string().transform(canonicalTargetId);

/** The template that vSphere made from an artifact, to clone machines from. */
export const templateSchema = z.object({
  /** Unique for the artifact and the location of the template. */
  name: z.string(),
  /** Inventory path: `/DC/vm/folder/name`. */
  path: z.string(),
  /** BIOS UUID, which most tools look a template up by. A template that is made again has the same one. */
  uuid: z.string(),
});
export type Template = z.infer<typeof templateSchema>;

/** One file at one target. */
export const publishedFileSchema = z.object({
  /** Identity of the target, as `targetId` writes it: `s3://bucket/prefix`, `directory:images`. */
  target: storedTargetId,
  /** Address in the form of the target: `s3://bucket/key`, `file:///...`. */
  uri: z.string(),
  /** Immutable address that a downstream resource can fetch: https, http or file. */
  url: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  /** Absent for an uncompressed raw disk, unless a target needed it. */
  sha256: sha256.optional(),
  mediaType: z.string(),
  /** For an artifact: SHA-256 over content digest, format, options and encoder. For any other file: its own SHA-256. */
  artifactKey: sha256,
});
export type PublishedFile = z.infer<typeof publishedFileSchema>;

/** One artifact at one target. */
export const publicationSchema = z.object({
  format: z.enum(artifactFormats),
  ...publishedFileSchema.shape,
  /** Name and version of the compressor. Part of the artifact key, but ignored when an existing artifact is looked up. */
  encoder: z.string(),
  /** Present if the target deploys the artifact. */
  template: templateSchema.optional(),
});
export type Publication = z.infer<typeof publicationSchema>;

/** A format at a target, as `pending` and `missing` list it. */
export const destinationSchema = z.object({
  format: z.enum(artifactFormats),
  target: storedTargetId,
});
export type Destination = z.infer<typeof destinationSchema>;

/** The proofs of an image. */
export const verifiedSchema = z.object({
  /** The disk is a complete install. Not known of an image of an earlier version that was booted later. */
  structure: z.boolean(),
  /** The installed system came up. */
  boot: z.boolean(),
  /** Slow hash of `verify.expect`, if the console of a boot matched it. */
  expect: z.array(z.string()),
  /** With `verify.artifacts: "boot"`, keys of the published artifacts that were booted themselves. */
  artifacts: z.array(sha256),
});
export type Verified = z.infer<typeof verifiedSchema>;

/** The instance of an image that was only looked up: its resource does not own it. */
export const noInstance = "";

/** Outputs of `StylusImage`, as in the Pulumi state and in `stylus-image build --json`. */
export const imageStateSchema = z.object({
  schemaVersion: z.number().int(),
  /** The resource instance that owns the image: random, chosen at creation. `noInstance` if the resource owns nothing. */
  instance: z.string(),
  installKey: sha256,
  recipe: z.string(),
  /** Absent for a `SiteSeed`, which has no installer. */
  installerSha256: sha256.optional(),
  /** The server's validator (ETag, date, length) of an installer without a pinned hash. */
  installerValidator: z.string().optional(),
  /** Install key with the validator in place of the hash. Present if the validator is. */
  requestKey: sha256.optional(),
  /** Absent if nothing was installed: an image with the only format `iso`. */
  contentDigest: sha256.optional(),
  virtualSizeBytes: z.number().int(),
  firmware: z.enum(firmwares),
  arch: z.literal("amd64"),
  guestId: z.string(),
  scsiType: z.string(),
  artifacts: z.array(publicationSchema),
  pending: z.array(destinationSchema),
  missing: z.array(destinationSchema),
  /** Absent for an image of an earlier version, which recorded nothing, and if nothing was installed. */
  verified: verifiedSchema.optional(),
  /**
   * ID of the place that each target was when the image was published, by target ID: it tells the place from another
   * one at the same address. Internal. Absent for an image of an earlier version; targets without an ID are left out.
   */
  places: z.record(z.string(), z.string()).optional(),
  /**
   * Address of the report of the build that made the image, at the first target that has one; as private as that
   * target. Absent for a `SiteSeed`, for an image of an earlier version, and if no target can store a report.
   */
  reportUrl: z.string().optional(),
});
export type ImageState = z.infer<typeof imageStateSchema>;
