import { describeThrown, StylusError } from "../../base/errors";
import { redactUrl } from "./client";
import { throwIfCancelled } from "../../base/cancellation";

/** What an answer other than success means for an installer or its checksum file. */
export function statusFault(status: number, url: string): StylusError {
  const what = `The server answered ${status} for ${redactUrl(url)}.`;
  if (status === 404 || status === 410) {
    return new StylusError("installer.not-found", {
      what,
      why: "Nothing is there under this address.",
      next: "Correct the URL of the installer.",
    });
  }
  if (status === 401 || status === 403 || status === 407) {
    return new StylusError("installer.denied", {
      what,
      why:
        status === 407
          ? "The proxy wants credentials."
          : "The credentials are missing, wrong or expired; a presigned URL lives 7 days at most.",
      next:
        status === 407
          ? "Put user and password into HTTP_PROXY or HTTPS_PROXY."
          : "Renew the presigned URL or the token in `installer.headers`.",
    });
  }
  return new StylusError("installer.unreachable", {
    what,
    why: status >= 500 ? "The server has a fault of its own." : undefined,
    next: "Try again later; if it stays, open the URL with curl from this machine.",
  });
}

/** What a dead network means for the same. An abort is `cancelled(signal)`. */
export function networkFault(thrown: unknown, url: string, signal: AbortSignal): StylusError {
  throwIfCancelled(signal);
  if (thrown instanceof StylusError) return thrown;
  const reason = networkReason(thrown);
  return new StylusError("installer.unreachable", {
    what: `${redactUrl(url)} cannot be fetched: ${reason}.`,
    next: isAboutCertificate(reason)
      ? "Name the file with your private CA in NODE_EXTRA_CA_CERTS or SSL_CERT_FILE."
      : "Check the address, the network, and HTTP_PROXY, HTTPS_PROXY and NO_PROXY on this machine.",
    cause: thrown,
  });
}

export function isAboutCertificate(reason: string): boolean {
  return /certificate|self.signed/i.test(reason);
}

/** The network's own words; of a certificate, what is wrong with it. */
export function networkReason(thrown: unknown): string {
  // Several addresses were tried: the error around them has no text of its own.
  if (thrown instanceof AggregateError) return describeThrown(thrown.errors[0]);
  return describeThrown(thrown);
}
