import type { S3TargetSpec } from "../../schema/targets/s3";
import { clientConfig } from "./client-config";

/** The part of a request that says where it goes. */
interface SentTo {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

/**
 * The URL of a bucket, without a slash at the end, as the SDK addresses it: with the endpoint, region and addressing
 * style that environment, profile and spec configure. The SDK signs a request with credentials that are not valid, which
 * is not sent.
 */
export async function bucketUrl(spec: S3TargetSpec, region: string | undefined): Promise<string> {
  const { GetObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  let request: SentTo | undefined;
  const client = new S3Client({
    ...(await clientConfig(spec)),
    ...(region !== undefined && { region }),
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    disableS3ExpressSessionAuth: true,
    maxAttempts: 1,
    requestHandler: {
      handle: (sent: SentTo) => {
        request = sent;
        return Promise.reject(new Error("not sent"));
      },
    },
  });
  const failure: unknown = await client
    .send(new GetObjectCommand({ Bucket: spec.bucket, Key: "key" }))
    .catch((thrown: unknown) => thrown);
  client.destroy();
  if (request === undefined) throw failure;
  const { protocol, hostname, port, path } = request;
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return `${protocol}//${host}${path.replace(/\/key$/, "")}`;
}
