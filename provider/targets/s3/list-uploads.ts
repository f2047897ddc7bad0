import type { Part as ServerPart } from "@aws-sdk/client-s3";
import type { S3Connection } from "./connection";
import { s3Error, sdkErrorOf } from "./errors";

/** IDs of the unfinished uploads to this key; none if the server does not list them. */
export async function listUploads(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { spec } = connection;
  try {
    const page = await connection.raw((sdk, client) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket: spec.bucket, Prefix: key }), {
        abortSignal: signal,
      }),
    );
    return (page.Uploads ?? []).flatMap(({ Key, UploadId }) =>
      Key === key && UploadId !== undefined ? [UploadId] : [],
    );
  } catch (thrown) {
    const { status = 0 } = sdkErrorOf(thrown);
    if ([403, 404, 405, 501].includes(status)) return [];
    throw s3Error(thrown, `list the unfinished uploads of ${key}`, spec, signal);
  }
}

/** The parts of an upload; undefined if the upload is missing or the server does not list parts. */
export async function listParts(
  connection: S3Connection,
  key: string,
  uploadId: string,
  signal: AbortSignal,
): Promise<readonly ServerPart[] | undefined> {
  const { spec } = connection;
  const found: ServerPart[] = [];
  let marker: string | undefined;
  try {
    do {
      const page = await connection.raw((sdk, client) =>
        client.send(
          new sdk.ListPartsCommand({
            Bucket: spec.bucket,
            Key: key,
            UploadId: uploadId,
            ...(marker === undefined ? {} : { PartNumberMarker: marker }),
          }),
          { abortSignal: signal },
        ),
      );
      found.push(...(page.Parts ?? []));
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    return found;
  } catch (thrown) {
    const { status = 0 } = sdkErrorOf(thrown);
    if ([403, 404, 501].includes(status)) return undefined;
    throw s3Error(thrown, `list the parts of an upload of ${key}`, spec, signal);
  }
}
