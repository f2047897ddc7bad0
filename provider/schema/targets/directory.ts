import { z } from "zod";
import { targetFormats, text } from "../primitives";

export const directoryTarget = z.strictObject({
  type: z.literal("directory"),
  /** Folder. A relative path resolves against the Pulumi project's root, or the working directory of the CLI. */
  path: text,
  formats: targetFormats,
});
export type DirectoryTargetSpec = z.infer<typeof directoryTarget>;
