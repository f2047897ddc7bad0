import { StylusError } from "../../base/errors";
import { isAboutCertificate, networkReason } from "./network-faults";

/** A proxy that wants to know who asks; `what` is the whole first sentence. */
export function proxyFault(what: string, cause?: unknown): StylusError {
  return new StylusError("publish.denied", {
    what,
    why: "The proxy wants credentials.",
    next: "Put user and password into HTTP_PROXY or HTTPS_PROXY.",
    cause,
  });
}

interface Silence {
  readonly status?: number | undefined;
  readonly cause?: unknown;
  /** What has the server's address. */
  readonly check: string;
  /** What becomes of what was sent. */
  readonly kept: string;
}

/** No answer came, or none but that the server is out of order. */
export function unreachableFault(
  what: string,
  { status, cause, check, kept }: Silence,
): StylusError {
  const isCertificate = status === undefined && isAboutCertificate(networkReason(cause));
  if (isCertificate) {
    return new StylusError("publish.unreachable", {
      what,
      why: "This machine does not trust the server's certificate.",
      next: "Name the file with your private CA in NODE_EXTRA_CA_CERTS or SSL_CERT_FILE, and run again.",
      cause,
    });
  }
  return new StylusError("publish.unreachable", {
    what,
    why: status === undefined ? "No answer came." : "The server has a fault of its own.",
    next: `Check ${check}, the network, and HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and run again; ${kept}.`,
    cause,
  });
}
