import { z } from "zod";
import { imageStateSchema, destinationSchema, publicationSchema } from "../../schema/state";

/** Hardware settings for a virtual machine of the image; absent from inputs that an earlier version wrote. */
const facts = imageStateSchema
  .pick({ virtualSizeBytes: true, firmware: true, guestId: true, scsiType: true })
  .optional();

/** An image that the old inputs or a record describe. */
export const knownImageSchema = z.object({
  installKey: z.string(),
  /** Present if the installer is not pinned. */
  requestKey: z.string().optional(),
  contentDigest: z.string().optional(),
  facts,
  artifacts: z.array(publicationSchema),
});
export type KnownImage = z.infer<typeof knownImageSchema>;

/** The input `known`: the outputs that `check` can predict. Diff ignores it; a preview reads it. */
export const knownSchema = knownImageSchema.partial({ installKey: true }).extend({
  /** Every requested format and target, in the order of the outputs. */
  places: z.array(destinationSchema),
});
export type Known = z.infer<typeof knownSchema>;
