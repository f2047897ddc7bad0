import { StylusError } from "../../base/errors";
import { networkError, proxyLoginError } from "../http/errors";
import { redactUrl } from "../http/url";

/** The error of a status other than success for an installer or its checksum file. */
export function downloadStatusError(status: number, url: string): StylusError {
  const what = `The server answered ${status} for ${redactUrl(url)}.`;
  if (status === 404 || status === 410) {
    return new StylusError("installer.not-found", {
      what,
      why: "The server has no file at this address.",
      next: "Correct the URL of the installer.",
    });
  }
  if (status === 407) return proxyLoginError(what, "installer");
  if (status === 401 || status === 403) {
    return new StylusError("installer.denied", {
      what,
      why: "The credentials are missing, wrong or expired; a presigned URL is valid for at most 7 days.",
      next: "Renew the presigned URL or the token in `installer.headers`.",
    });
  }
  return new StylusError("installer.unreachable", {
    what,
    why: status >= 500 ? "The server reports an internal error." : undefined,
    next: "Try again later; if the error persists, open the URL with curl from this machine.",
  });
}

/** The error of a failed connection to the server of an installer or its checksum file. */
export function downloadNetworkError(
  thrown: unknown,
  url: string,
  signal: AbortSignal,
): StylusError {
  const endpoint = { url: URL.parse(url) ?? new URL("https://invalid"), setting: "the URL" };
  const what = `Cannot download ${redactUrl(url)}`;
  return networkError(thrown, { domain: "installer", what, endpoint, signal });
}
