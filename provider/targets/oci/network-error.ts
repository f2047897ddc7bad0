import { ociTargetId } from "../../schema/targets/identity";
import type { StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { networkError } from "../../system/http/errors";
import { registryOf } from "./address";

/** The error of a failed connection to the registry; `doing` ends the sentence "Cannot ...". */
export function registryNetworkError(
  thrown: unknown,
  doing: string,
  spec: OciTargetSpec,
  signal: AbortSignal,
): StylusError {
  const endpoint = {
    url: new URL(registryOf(spec).origin),
    setting: "the target's `repository`",
    caSetting: "the target's `caFile`",
    useHttp: "set the target's `plainHttp: true` (on a trusted network only)",
    useHttps: "leave the target's `plainHttp` out",
  };
  const what = `Cannot ${doing} at ${ociTargetId(spec)}`;
  return networkError(thrown, { domain: "publish", what, endpoint, signal });
}
