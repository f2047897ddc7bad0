import * as pulumi from "@pulumi/pulumi";
import type { Artifact } from "./outputs";
import type { S3Target } from "./target-args";

/** Options of a presigned URL. */
export interface PresignOptions {
  /** Lifetime in seconds, at most 604,800 (7 days). With temporary credentials, the URL expires when they do. */
  expiresIn: pulumi.Input<number>;
  /**
   * Target of the artifact, as in `publishTo`, whose profile, region or credentials sign the URL. Default: those of the
   * environment.
   */
  target?: pulumi.Input<S3Target>;
  /** `Content-Disposition` header of the response. Default: the file name for an OVA, otherwise none. */
  contentDisposition?: pulumi.Input<string>;
}

/**
 * Returns a URL that gives access to an artifact in a bucket without credentials, for a limited time. Each call returns
 * another URL: a resource that uses it needs `ignoreChanges` for the property, otherwise every `up` changes the resource.
 * The URL of an OVA ends in its file name, as vSphere's provider requires.
 *
 * For an output it returns a secret output, which is unknown in a preview.
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
  const signed = pulumi.all([artifact, options]).apply(([known, plainOptions]) =>
    // `pulumi.unknown` marks a computed value in a preview; it has no type.
    pulumi.runtime.isDryRun() ? (pulumi.unknown as unknown as string) : sign(known, plainOptions),
  );
  return pulumi.secret(signed);
}

/** Loads the S3 client only when a URL is signed. */
async function sign(artifact: Artifact, options: unknown): Promise<string> {
  const { presignPublication } =
    require("../provider/targets/presign") as typeof import("../provider/targets/presign");
  const { url, warning } = await presignPublication(
    artifact,
    options,
    new AbortController().signal,
  );
  if (warning !== undefined) await warn(warning);
  return url;
}

/** A program that runs without an engine may sign too; Pulumi's log would be lost there. */
async function warn(warning: string): Promise<void> {
  if (pulumi.runtime.getEngine() === undefined) process.emitWarning(warning);
  else await pulumi.log.warn(warning);
}
