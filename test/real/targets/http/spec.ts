import { type HttpTargetSpec } from "../../../../provider/schema/targets/http";
import { targetSchema } from "../../../../provider/schema/targets/target";

export function httpSpec(url: string, more: object = {}): HttpTargetSpec {
  const parsed = targetSchema.parse({ type: "http", url, ...more });
  if (parsed.type !== "http") throw new Error("not an http target");
  return parsed;
}
