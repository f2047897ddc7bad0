import type { S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3TargetSpec } from "../../schema/targets/s3";
import { usesPathStyle } from "./address";
import { configuredEndpoint, regionOfEndpoint } from "./configured-endpoint";

/** One attempt and its repetitions after 5xx, throttling and dead connections, with growing pauses. */
const attempts = 5;

/** The settings of the SDK's client, without the way to the network. */
export async function clientConfig(spec: S3TargetSpec): Promise<S3ClientConfig> {
  const { region, profile, accessKeyId, secretAccessKey, sessionToken } = spec;
  const configured = spec.endpoint === undefined ? await configuredEndpoint(profile) : undefined;
  const endpoint = spec.endpoint ?? configured;
  const checksums = spec.checksums === "auto" ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  // A custom endpoint has no regions, but the signature needs one.
  const regionOfServer = async (): Promise<string> =>
    spec.endpoint === undefined
      ? regionOfEndpoint(profile)
      : (process.env["AWS_REGION"] ?? "us-east-1");
  const usedRegion = region ?? (endpoint === undefined ? undefined : regionOfServer);
  return {
    forcePathStyle: usesPathStyle(spec) || isLocalhost(configured, spec.pathStyle),
    requestChecksumCalculation: checksums,
    // Artifacts are verified by their SHA-256; some servers send the checksum of the whole object with a part.
    responseChecksumValidation: "WHEN_REQUIRED",
    followRegionRedirects: true,
    // undici has no 100-continue; a request without a body comes first and is refused in its stead.
    expectContinueHeader: false,
    maxAttempts: attempts,
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

/** Names below `localhost` do not resolve everywhere. */
function isLocalhost(endpoint: string | undefined, pathStyle: boolean | undefined): boolean {
  if (endpoint === undefined || pathStyle === false || !URL.canParse(endpoint)) return false;
  return new URL(endpoint).hostname === "localhost";
}
