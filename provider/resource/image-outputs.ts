import { z } from "zod";
import { targetSchema } from "../spec/image-spec";
import { imageStateSchema } from "../spec/state";

/** Outputs, and beside them where to look: read and delete get nothing else. */
export const imageOutputsSchema = imageStateSchema.extend({ publishTo: z.array(targetSchema) });
export type ImageOutputs = z.infer<typeof imageOutputsSchema>;
