import { z } from "zod";
import { artifactFormats, firmwares } from "./names";

/** Version of outputs and records. Readers accept their own and every earlier one. */
export const schemaVersion = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a target's server made of an artifact: machines are cloned from it. */
export const templateSchema = z.object({
  /** Another one for another content, or another place. */
  name: z.string(),
  /** Inventory path: `/DC/vm/folder/name`. */
  path: z.string(),
  /** BIOS UUID, by which most tools look a template up; it comes back with a template that was lost. */
  uuid: z.string(),
});
export type Template = z.infer<typeof templateSchema>;

/** One file at one target. */
export const publishedFileSchema = z.object({
  /** Identity of the target, as `targetId` writes it: `s3://bucket/prefix`, `directory:images`. */
  target: z.string(),
  /** Where it is, in the target's own terms: `s3://bucket/key`, `file:///...`. */
  uri: z.string(),
  /** An immutable address that a downstream resource can fetch: https, http or file. */
  url: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  /** Absent for an uncompressed raw where no target needed it. */
  sha256: sha256.optional(),
  mediaType: z.string(),
  /** Of an artifact, SHA-256 over content digest, format, options and encoder; of any other file its own. */
  artifactKey: sha256,
});
export type PublishedFile = z.infer<typeof publishedFileSchema>;

/** One artifact at one target. */
export const publicationSchema = z.object({
  format: z.enum(artifactFormats),
  ...publishedFileSchema.shape,
  /** Name and version of what compressed it; part of the artifact key, not of "is it there". */
  encoder: z.string(),
  /** Present where the target deploys the artifact. */
  template: templateSchema.optional(),
});
export type Publication = z.infer<typeof publicationSchema>;

/** What `pending` and `missing` list: a format at a target. */
export const destinationSchema = z.object({ format: z.enum(artifactFormats), target: z.string() });
export type Destination = z.infer<typeof destinationSchema>;

/** In place of an instance: an image that was only looked up, which its resource does not own. */
export const noInstance = "";

/** Outputs of `StylusImage`, as they stand in state and in `stylus-image build --json`. */
export const imageStateSchema = z.object({
  schemaVersion: z.number().int(),
  /** The resource instance that owns the image; drawn at creation. `noInstance` for one that owns nothing. */
  instance: z.string(),
  installKey: sha256,
  recipe: z.string(),
  /** Absent of a `SiteSeed`, which has no installer. */
  installerSha256: sha256.optional(),
  /** What the server said of an installer that nothing pins; absent where a hash pins it. */
  installerValidator: z.string().optional(),
  /** Install key with the validator in place of the hash; present with it. */
  requestKey: sha256.optional(),
  /** Absent where nothing was installed: an image of an `iso` alone. */
  contentDigest: sha256.optional(),
  virtualSizeBytes: z.number().int(),
  firmware: z.enum(firmwares),
  arch: z.literal("amd64"),
  guestId: z.string(),
  scsiType: z.string(),
  artifacts: z.array(publicationSchema),
  pending: z.array(destinationSchema),
  missing: z.array(destinationSchema),
  /**
   * Address of the report of the build that made the image, at the first target that has one; as private as that
   * target. Absent of a `SiteSeed`, of an image of an earlier version, and where no target can hold a report.
   */
  reportUrl: z.string().optional(),
});
export type ImageState = z.infer<typeof imageStateSchema>;
