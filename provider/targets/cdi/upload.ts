import { StylusError, type ErrorCode } from "../../base/errors";
import { isAboutCertificate, networkReason } from "../../system/http/network-faults";

/** What an answer of the upload proxy other than success means. */
export function uploadFault(status: number, said: string, url: URL): StylusError {
  const words = said
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
  const what = `Cannot upload to ${url.host}: the upload proxy answered ${status}${words === "" ? "" : ` (${words})`}.`;
  const fault = (code: ErrorCode, why: string, next: string): StylusError =>
    new StylusError(code, { what, why, next });
  if (status === 401) {
    return fault(
      "publish.denied",
      "It does not take the token that CDI gave, twice in a row: the address leads to the upload proxy of another cluster, or the clocks differ by minutes.",
      "Compare the target's `uploadProxy` with the context, and the clocks of the cluster's nodes.",
    );
  }
  if (status === 403 || status === 407) {
    return fault(
      "publish.denied",
      "Something before the upload proxy lets nobody through who has only CDI's token.",
      "Let requests for /v1beta1/upload pass there, or name another address in `uploadProxy`.",
    );
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) {
    return fault(
      "publish.not-found",
      "No upload proxy is at that address.",
      "Correct the target's `uploadProxy`, or `uploadProxyURLOverride` in CDI's configuration.",
    );
  }
  if (status === 413) {
    return fault(
      "publish.failed",
      "What stands before the upload proxy takes no file of that size.",
      'Raise its limit (ingress-nginx: the annotation `nginx.ingress.kubernetes.io/proxy-body-size: "0"`).',
    );
  }
  if (status === 400) {
    return fault(
      "publish.failed",
      "CDI cannot make a disk of it, or the volume is too small for one.",
      "Give a larger `size`, or another format, remove the DataVolume, and run again.",
    );
  }
  // Its own words come with 500 only: of what it was sent, which would be the same again.
  if (status === 500 && words !== "") {
    return fault(
      "publish.failed",
      "CDI's upload server could not write the disk.",
      "Look at the log of the pod cdi-upload-..., give it room, remove the DataVolume, and run again.",
    );
  }
  if (status >= 500 || status === 429 || status === 408) {
    return fault(
      "publish.unreachable",
      "The upload proxy, or the pod behind it, does not answer.",
      "Run again: the same DataVolume is filled, with all bytes sent anew. If that stays, remove the DataVolume, and look at the logs of cdi-uploadproxy.",
    );
  }
  return fault("publish.failed", "CDI does not say why.", "Look at the logs of cdi-uploadproxy.");
}

/** What a connection to it that did not come about, or broke, means. */
export function uploadNetworkFault(thrown: unknown, url: URL): StylusError {
  if (thrown instanceof StylusError) return thrown;
  const reason = networkReason(thrown).replace(/\.$/, "");
  const isCertificate = isAboutCertificate(reason) || /ALTNAME|altnames/i.test(reason);
  return new StylusError("publish.unreachable", {
    what: `Cannot upload to ${url.host}: ${reason}.`,
    why: isCertificate
      ? "The upload proxy's certificate is not trusted, so nothing was sent."
      : "The connection did not come about, or broke.",
    next: isCertificate
      ? "Name the CA in the target's `uploadProxyCaFile` (CDI's own: the ConfigMap cdi-uploadproxy-signer-bundle in its namespace), and an address in `uploadProxy` that the certificate is for."
      : "Check `uploadProxy`, the network, and HTTPS_PROXY and NO_PROXY, and run again: the same DataVolume is filled, with all bytes sent anew.",
    cause: thrown,
  });
}
