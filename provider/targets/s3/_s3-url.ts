import type { Publication } from "../../schema/state";
import { s3ReadUrl } from "../public-url";
import { s3KeyOfUri, s3Url } from "./address";
import type { S3Connection } from "./connection";

/** The address for readers; the region of AWS where the client finds it, if nothing else says it. */
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
