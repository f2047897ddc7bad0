import { type S3TargetSpec } from "../../../../provider/schema/targets/s3";
import { targetSchema } from "../../../../provider/schema/targets/target";
import type { Versitygw } from "../../../servers/versitygw";

/** A target at that server with its credentials and the prefix `images`. */
export function s3Spec(
  {
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
  }: Pick<Versitygw, "endpoint" | "region" | "accessKeyId" | "secretAccessKey">,
  more: Readonly<Record<string, unknown>>,
): S3TargetSpec {
  const credentials = { accessKeyId, secretAccessKey };
  const given = { type: "s3", prefix: "images", endpoint, region, ...credentials, ...more };
  const parsed = targetSchema.parse(given);
  if (parsed.type !== "s3") throw new Error("not an s3 target");
  return parsed;
}
