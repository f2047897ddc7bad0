import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { lazy } from "../../base/memo";
import type { Publication } from "../../schema/state";
import type { S3TargetSpec } from "../../schema/targets/s3";
import { s3ReadUrl } from "../public-url";
import { s3KeyOfUri, s3Url, usesPathStyle } from "./address";
import { s3Error } from "./errors";
import { s3RequestHandler } from "./request-handler";

type S3Sdk = typeof import("@aws-sdk/client-s3");

/** One attempt and its repetitions after 5xx, throttling and dead connections, with growing pauses. */
const attempts = 5;

/** A bucket and its SDK client, which is loaded at the first call. */
export interface S3Connection {
  readonly spec: S3TargetSpec;
  /** Calls the server and throws its errors as `publish.*`. `doing` ends the sentence "Cannot ...". */
  call<T>(
    doing: string,
    signal: AbortSignal,
    work: (sdk: S3Sdk, client: S3Client) => Promise<T>,
  ): Promise<T>;
  /** Calls the server and throws the SDK's own errors. */
  raw<T>(work: (sdk: S3Sdk, client: S3Client) => Promise<T>): Promise<T>;
}

export function connectS3(spec: S3TargetSpec): S3Connection {
  const open = lazy(async () => {
    const sdk = await import("@aws-sdk/client-s3");
    return { sdk, client: new sdk.S3Client(clientConfig(spec)) };
  });
  const raw: S3Connection["raw"] = async (work) => {
    const { sdk, client } = await open();
    return work(sdk, client);
  };
  return {
    spec,
    raw,
    call: (doing, signal, work) =>
      raw(work).catch((thrown: unknown) => {
        throw s3Error(thrown, doing, spec, signal);
      }),
  };
}

function clientConfig(spec: S3TargetSpec): S3ClientConfig {
  const { endpoint, region, profile, accessKeyId, secretAccessKey, sessionToken } = spec;
  const checksums = spec.checksums === "auto" ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  // A custom endpoint has no regions, but the signature needs one.
  const anyRegion = endpoint === undefined ? undefined : (process.env["AWS_REGION"] ?? "us-east-1");
  const usedRegion = region ?? anyRegion;
  return {
    forcePathStyle: usesPathStyle(spec),
    requestChecksumCalculation: checksums,
    // Artifacts are verified by their SHA-256; some servers send the checksum of the whole object with a part.
    responseChecksumValidation: "WHEN_REQUIRED",
    followRegionRedirects: true,
    // undici has no 100-continue; a request without a body comes first and is refused in its stead.
    expectContinueHeader: false,
    maxAttempts: attempts,
    requestHandler: s3RequestHandler(),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(usedRegion === undefined ? {} : { region: usedRegion }),
    ...(profile === undefined ? {} : { profile }),
    // Without them, the SDK's default chain finds credentials at the time of the call.
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
  };
}

/** The download URL. The client determines the AWS region if neither the target nor the publication has it. */
export async function urlFrom(
  connection: S3Connection,
  publication: Pick<Publication, "uri" | "url">,
): Promise<string> {
  const { spec } = connection;
  const url = s3ReadUrl(spec, publication);
  if (url !== undefined) return url;
  const region = await connection.raw((_sdk, client) => client.config.region());
  return s3Url(spec, s3KeyOfUri(spec, publication.uri), region);
}
