import { z } from "zod";
import { StylusError } from "../../base/errors";
import { targetSchema } from "../../schema/targets/target";
import { imageStateSchema, publicationSchema, schemaVersion } from "../../schema/state";
import type { Data } from "../handlers";

/** The outputs in state, with the targets: read and delete get no inputs. */
const imageOutputsSchema = imageStateSchema
  .extend({
    publishTo: z.array(targetSchema),
    /** Targets that an update did not release. A separate output, because all of it is secret. */
    formerTargets: z.array(targetSchema).default([]),
    /** The artifacts at these targets; absent from outputs of earlier versions. */
    formerArtifacts: z.array(publicationSchema).default([]),
    /** How many previous images the resource keeps; absent from outputs of earlier versions. */
    keepPrevious: z.number().default(0),
  })
  .transform(({ publishTo, ...outputs }) => ({
    ...outputs,
    publishTo: [...publishTo, ...outputs.formerTargets],
  }));
export type ImageOutputs = z.infer<typeof imageOutputsSchema>;

const versionSchema = z.object({ schemaVersion: z.number() });

/** Parses outputs of this version of the package or an earlier one. `publishTo` includes `formerTargets`. */
export function readOutputs(outputs: Data): ImageOutputs {
  const written = versionSchema.safeParse(outputs).data?.schemaVersion ?? schemaVersion;
  if (written <= schemaVersion) return imageOutputsSchema.parse(outputs);
  throw new StylusError("record.unreadable", {
    what: `The image's state has schema version ${written}; this version of pulumi-stylus-image supports versions up to ${schemaVersion}.`,
    why: "A newer version of pulumi-stylus-image wrote it.",
    next: "Install that version, or `pulumi-stylus-image@latest`.",
  });
}
