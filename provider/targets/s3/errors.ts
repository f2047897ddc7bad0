import { s3TargetId } from "../../schema/targets/identity";
import { describeThrown, StylusError } from "../../base/errors";
import type { S3TargetSpec } from "../../schema/targets/s3";
import { throwIfCancelled } from "../../base/cancellation";
import { networkError, proxyLoginError, serverError } from "../../system/http/errors";
import type { Endpoint } from "../../system/http/explain-failure";

/** Properties of the SDK's errors besides their text. */
export interface SdkError {
  readonly name: string;
  /** Undefined without a response. */
  readonly status: number | undefined;
  readonly attempts: number;
}

export function sdkErrorOf(thrown: unknown): SdkError {
  if (!(thrown instanceof Error)) return { name: "", status: undefined, attempts: 1 };
  const metadata = "$metadata" in thrown ? thrown.$metadata : undefined;
  return {
    name: thrown.name,
    status: numberIn(metadata, "httpStatusCode"),
    attempts: numberIn(metadata, "attempts") ?? 1,
  };
}

function numberIn(value: unknown, name: string): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof found === "number" ? found : undefined;
}

/** Error codes for wrong credentials that servers send with a status other than 403 (S3: 400, versitygw: 404). */
const credentialNames = /AccessKey|Signature|ExpiredToken|InvalidToken|UserNotFound/;

/** Explains an error of the SDK; `doing` ends the sentence "Cannot ...". */
export function s3Error(
  thrown: unknown,
  doing: string,
  spec: S3TargetSpec,
  signal: AbortSignal,
): StylusError {
  throwIfCancelled(signal);
  if (thrown instanceof StylusError) return thrown;
  const { name, status } = sdkErrorOf(thrown);
  const where = s3TargetId(spec);
  const statusText = status === undefined ? "" : `${status} `;
  // The response to HEAD has no body, so its error has no text: "UnknownError".
  const text = describeThrown(thrown).replace(/^(Unknown|UnknownError)$/, "without a reason");
  const what = `Cannot ${doing} at ${where}: ${statusText}${name === "Error" ? "" : `${name}, `}${text.replace(/\.$/, "")}.`;

  if (name === "NoSuchBucket") return bucketMissing(spec, doing, thrown);
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return new StylusError("publish.denied", {
      what,
      why: "No usable credentials were found.",
      next: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in to the profile (`aws sso login`), or name one in the target's `profile`.",
      cause: thrown,
    });
  }
  if (name === "RequestTimeTooSkewed") {
    return new StylusError("publish.denied", {
      what,
      why: "This machine's clock differs from the server's by more than 15 minutes.",
      next: "Set the clock, and run again.",
      cause: thrown,
    });
  }
  if (spec.tags !== undefined && status !== 403 && /tagging/i.test(text)) {
    return new StylusError("publish.failed", {
      what,
      why: "The server does not support object tags.",
      next: "Remove the target's `tags`.",
      cause: thrown,
    });
  }
  if (status === 401 || status === 403 || credentialNames.test(name)) {
    return new StylusError("publish.denied", {
      what,
      why: "The credentials are wrong or expired, or do not permit this operation.",
      next: `Check them with \`aws sts get-caller-identity\`; needed are s3:GetObject, s3:PutObject, ${spec.tags === undefined ? "" : "s3:PutObjectTagging, "}s3:DeleteObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts on the objects, s3:ListBucket and s3:ListBucketMultipartUploads on the bucket.`,
      cause: thrown,
    });
  }
  if (status === 407) return proxyLoginError(what, "publish", thrown);
  if (status === 501) {
    return new StylusError("publish.failed", {
      what,
      why: 'The server does not support an operation that publishing needs, most likely conditional writes (`If-None-Match: "*"`).',
      next: "Update the server, or publish to another server.",
      cause: thrown,
    });
  }
  const aboutRegion = status === undefined ? /^Region is missing/ : /\bregion\b/i;
  if (aboutRegion.test(text) || status === 301 || name === "AuthorizationHeaderMalformed") {
    return new StylusError("publish.failed", {
      what,
      why: "The region is missing, or is not the region of the bucket.",
      next: "Set the target's `region`, or AWS_REGION.",
      cause: thrown,
    });
  }
  if (status === undefined) {
    return networkError(thrown, {
      domain: "publish",
      what: `Cannot ${doing} at ${where}`,
      endpoint: endpointOf(spec),
      kept,
      signal,
    });
  }
  if (status >= 500 || status === 429) return serverError(what, endpointOf(spec), kept, thrown);
  return new StylusError("publish.failed", {
    what,
    next: "Correct the target as the message says; for a server that rejects checksums set `checksums: required-only`.",
    cause: thrown,
  });
}

const kept = "what was sent is kept";

function endpointOf({ endpoint }: S3TargetSpec): Endpoint {
  return {
    url: new URL(endpoint ?? "https://s3.amazonaws.com"),
    setting: endpoint === undefined ? "the target's `region`" : "the target's `endpoint`",
    caSetting: "AWS_CA_BUNDLE",
  };
}

export function bucketMissing(spec: S3TargetSpec, doing: string, cause?: unknown): StylusError {
  return new StylusError("publish.not-found", {
    what: `Cannot ${doing} at ${s3TargetId(spec)}.`,
    why: `The bucket "${spec.bucket}" does not exist there.`,
    next: `Create it: \`${createBucketCommand(spec)}\`.`,
    cause,
  });
}

function createBucketCommand({ bucket, region, endpoint, profile }: S3TargetSpec): string {
  const options = [
    ...(region === undefined ? [] : ["--region", region]),
    ...(endpoint === undefined ? [] : ["--endpoint-url", new URL(endpoint).origin]),
    ...(profile === undefined ? [] : ["--profile", profile]),
  ];
  return ["aws", "s3", "mb", `s3://${bucket}`, ...options].join(" ");
}
