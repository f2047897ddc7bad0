import { z } from "zod";
import { StylusError } from "../../base/errors";
import { targetSchema } from "../../schema/targets/target";
import { imageStateSchema, schemaVersion } from "../../schema/state";
import type { Data } from "../handlers";

/** Outputs, and beside them where to look: read and delete get nothing else. */
const imageOutputsSchema = imageStateSchema
  .extend({
    publishTo: z.array(targetSchema),
    /** Targets that an update which failed was to leave; apart, because the sdk makes them a secret as a whole. */
    formerTargets: z.array(targetSchema).default([]),
    /** How many previous images the resource keeps; outputs of an earlier version say nothing of it. */
    keepPrevious: z.number().default(0),
  })
  .transform(({ formerTargets, publishTo, ...outputs }) => ({
    ...outputs,
    publishTo: [...publishTo, ...formerTargets],
  }));
export type ImageOutputs = z.infer<typeof imageOutputsSchema>;

const versionSchema = z.object({ schemaVersion: z.number() });

/** Outputs from state: of this version of the package, or of any before. */
export function readOutputs(outputs: Data): ImageOutputs {
  const written = versionSchema.safeParse(outputs).data?.schemaVersion ?? schemaVersion;
  if (written <= schemaVersion) return imageOutputsSchema.parse(outputs);
  throw new StylusError("record.unreadable", {
    what: `The image's state has schema version ${written}; this version of pulumi-stylus-image knows those up to ${schemaVersion}.`,
    why: "A newer version of pulumi-stylus-image wrote it.",
    next: "Install that version, or `pulumi-stylus-image@latest`.",
  });
}
