import type { S3Client } from "@aws-sdk/client-s3";
import { lazy } from "../../base/memo";
import type { S3TargetSpec } from "../../schema/targets/s3";
import type { Address } from "../addresses";
import { regionIn, s3ReadUrl } from "../public-url";
import { encodedKey, s3KeyOfUri } from "./address";
import { clientConfig } from "./client-config";
import { s3Error } from "./errors";
import { bucketUrl } from "./object-url";
import { s3RequestHandler } from "./request-handler";

type S3Sdk = typeof import("@aws-sdk/client-s3");

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
    const config = { ...(await clientConfig(spec)), requestHandler: s3RequestHandler() };
    return { sdk, client: new sdk.S3Client(config) };
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

/** The current URL of a file for those who download it. */
export async function urlFrom(
  { spec }: S3Connection,
  file: Address,
  signal: AbortSignal,
): Promise<string> {
  const url = s3ReadUrl(spec, file);
  if (url !== undefined) return url;
  const key = s3KeyOfUri(spec, file.uri);
  const region = spec.region ?? regionIn(file.url);
  const bucket = await bucketUrl(spec, region).catch((thrown: unknown) => {
    throw s3Error(thrown, `determine the URL of ${key}`, spec, signal);
  });
  return `${bucket}/${encodedKey(key)}`;
}
