import * as pulumi from "@pulumi/pulumi";
import type { Artifact } from "./outputs";
import type { S3Target } from "./stylus-image-args";

/** How a URL is signed. */
export interface PresignOptions {
  /** Seconds that it lives: 604,800 (7 days) at most. Signed by temporary credentials it ends with those. */
  expiresIn: pulumi.Input<number>;
  /**
   * The target that the artifact lies at, as in `publishTo`: its profile, region or credentials sign. Without it the
   * environment's do.
   */
  target?: pulumi.Input<S3Target>;
  /** What the server answers as `Content-Disposition`. Default for an OVA: the name of its file, else none. */
  contentDisposition?: pulumi.Input<string>;
}

/**
 * A URL that reads an artifact in a bucket for a time, without credentials. It is signed anew each time, so it never
 * becomes part of the image; a resource that takes it needs `ignoreChanges` for it, or every `up` changes that
 * resource. The URL of an OVA ends in its name, as vSphere's provider wants it.
 *
 * Of an output it is a secret output, unknown in a preview: nothing is signed before `up`.
 */
export function presign(
  artifact: pulumi.Output<Artifact>,
  options: PresignOptions,
): pulumi.Output<string>;
export function presign(
  artifact: Artifact,
  options: pulumi.Unwrap<PresignOptions>,
): Promise<string>;
export function presign(
  artifact: Artifact | pulumi.Output<Artifact>,
  options: PresignOptions | pulumi.Unwrap<PresignOptions>,
): Promise<string> | pulumi.Output<string> {
  if (!pulumi.Output.isInstance(artifact)) return sign(artifact, options);
  const signed = pulumi.all([artifact, options]).apply(([known, wishes]) =>
    // What a preview shows as computed has no type of its own.
    pulumi.runtime.isDryRun() ? (pulumi.unknown as unknown as string) : sign(known, wishes),
  );
  return pulumi.secret(signed);
}

/** Loaded when it is needed: a program that signs nothing needs no client. */
async function sign(artifact: Artifact, wishes: unknown): Promise<string> {
  const { presignPublication } =
    require("../provider/targets/presign") as typeof import("../provider/targets/presign");
  const { url, warning } = await presignPublication(artifact, wishes, new AbortController().signal);
  // Also a program without an engine may sign, and there nobody would hear a log.
  if (warning !== undefined) await say(warning);
  return url;
}

async function say(warning: string): Promise<void> {
  if (pulumi.runtime.getEngine() === undefined) process.emitWarning(warning);
  else await pulumi.log.warn(warning);
}
