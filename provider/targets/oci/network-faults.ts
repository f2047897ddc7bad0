import { describeThrown, StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { throwIfCancelled } from "../../base/cancellation";
import { ociTargetId, registryOf } from "./address";

/** What a connection that did not come about, or broke, means; `doing` ends the sentence "Cannot ...". */
export function registryNetworkFault(
  thrown: unknown,
  doing: string,
  spec: OciTargetSpec,
  signal: AbortSignal,
): StylusError {
  throwIfCancelled(signal);
  const known = chainOf(thrown).find((it) => it instanceof StylusError);
  if (known !== undefined) return known;
  const reason = reasonOf(thrown);
  const what = `Cannot ${doing} at ${ociTargetId(spec)}: ${reason}.`;
  const { host } = registryOf(spec);
  const codes = chainOf(thrown).map((it) => ("code" in it ? String(it.code) : ""));
  const says = (pattern: RegExp) => [reason, ...codes].some((text) => pattern.test(text));
  if (says(/WRONG_VERSION_NUMBER|wrong version number|packet length too long|EPROTO/i)) {
    return new StylusError("publish.unreachable", {
      what,
      why: `${host} answers in plain http, and was asked in https.`,
      next: "Set `plainHttp: true`, if the network between is trusted.",
      cause: thrown,
    });
  }
  if (says(/ALTNAME|altnames/i)) {
    return new StylusError("publish.unreachable", {
      what,
      why: "The registry's certificate is for another name.",
      next: "Write `repository` with the name that the certificate is for.",
      cause: thrown,
    });
  }
  if (says(/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/)) {
    return new StylusError("publish.unreachable", {
      what,
      why: "The registry's certificate is out of date, or this machine's clock is wrong.",
      next: "Renew the certificate, or set the clock.",
      cause: thrown,
    });
  }
  if (says(/SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|self.signed|certificate/i)) {
    return new StylusError("publish.unreachable", {
      what,
      why: "The registry's certificate is of an authority that this machine does not trust.",
      next: "Name the file with its certificate in the target's `caFile`, or in NODE_EXTRA_CA_CERTS or SSL_CERT_FILE.",
      cause: thrown,
    });
  }
  return new StylusError("publish.unreachable", {
    what,
    why: "No answer came.",
    next: "Check the host in `repository`, the network, and HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and run again.",
    cause: thrown,
  });
}

/** The error, and all that it was made from. */
function chainOf(thrown: unknown): Error[] {
  if (thrown instanceof AggregateError) return [thrown, ...thrown.errors.flatMap(chainOf)];
  return thrown instanceof Error ? [thrown, ...chainOf(thrown.cause)] : [];
}

function reasonOf(thrown: unknown): string {
  // Several addresses were tried: the error around them has no text of its own.
  const reason = describeThrown(thrown instanceof AggregateError ? thrown.errors[0] : thrown);
  return reason.trim().replace(/\s+/g, " ").replace(/[.:]$/, "");
}
