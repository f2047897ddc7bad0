import { type ErrorCode, StylusError } from "../../base/errors";
import { networkError } from "../../system/http/errors";

/** The error of a response of the upload proxy other than success; `text` is its body. */
export function uploadStatusError(status: number, text: string, url: URL): StylusError {
  const line = text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
  const what = `Cannot upload to ${url.host}: the upload proxy answered ${status}${line === "" ? "" : ` (${line})`}.`;
  const error = (code: ErrorCode, why: string, next: string): StylusError =>
    new StylusError(code, { what, why, next });
  if (status === 401) {
    return error(
      "publish.denied",
      "The upload proxy rejected two tokens of CDI in a row: the address leads to the upload proxy of another cluster, or the clocks differ by minutes.",
      "Compare the target's `uploadProxy` with the context, and the clocks of the cluster's nodes.",
    );
  }
  if (status === 403 || status === 407) {
    return error(
      "publish.denied",
      "A proxy or gateway in front of the upload proxy rejects requests that have only CDI's token.",
      "Let requests for /v1beta1/upload pass there, or name another address in `uploadProxy`.",
    );
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) {
    return error(
      "publish.not-found",
      "There is no upload proxy at that address.",
      "Correct the target's `uploadProxy`, or `uploadProxyURLOverride` in CDI's configuration.",
    );
  }
  if (status === 413) {
    return error(
      "publish.failed",
      "A proxy in front of the upload proxy does not accept a file of that size.",
      'Raise its limit (ingress-nginx: the annotation `nginx.ingress.kubernetes.io/proxy-body-size: "0"`).',
    );
  }
  if (status === 400) {
    return error(
      "publish.failed",
      "CDI cannot convert the file to a disk, or the volume is too small for the disk.",
      "Give a larger `size`, or another format, remove the DataVolume, and run again.",
    );
  }
  // CDI gives a reason with 500 only, and that reason concerns the data: the same upload would fail again.
  if (status === 500 && line !== "") {
    return error(
      "publish.failed",
      "CDI's upload server could not write the disk.",
      "Look at the log of the pod cdi-upload-..., free disk space there, remove the DataVolume, and run again.",
    );
  }
  if (status >= 500 || status === 429 || status === 408) {
    return error(
      "publish.unreachable",
      "The upload proxy, or the pod behind it, does not respond.",
      "Run again: the same DataVolume is filled, with all bytes sent again. If the error persists, remove the DataVolume, and look at the logs of cdi-uploadproxy.",
    );
  }
  return error("publish.failed", "CDI gives no reason.", "Look at the logs of cdi-uploadproxy.");
}

/** The error of a failed connection to the upload proxy. */
export function uploadNetworkError(thrown: unknown, url: URL, signal: AbortSignal): StylusError {
  return networkError(thrown, {
    domain: "publish",
    what: `Cannot upload to ${url.host}`,
    endpoint: {
      url,
      setting: "the target's `uploadProxy`",
      trust:
        "Name its CA in the target's `uploadProxyCaFile` (CDI's own: the ConfigMap cdi-uploadproxy-signer-bundle in its namespace), and run again.",
    },
    kept: "the same DataVolume is filled, with all bytes sent again",
    signal,
  });
}
