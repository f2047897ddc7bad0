import { z } from "zod";
import { targetSchema } from "../spec/image-spec";
import { imageStateSchema } from "../spec/state";

/** Outputs, and beside them where to look: read and delete get nothing else. */
export const imageOutputsSchema = imageStateSchema.extend({
  publishTo: z.array(targetSchema),
  /** How many previous images the resource keeps; outputs of an earlier version say nothing of it. */
  keepPrevious: z.number().default(0),
});
export type ImageOutputs = z.infer<typeof imageOutputsSchema>;
