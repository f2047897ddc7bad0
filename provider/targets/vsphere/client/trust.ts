import type { TLSSocket } from "node:tls";

/** What makes a server's certificate trusted; with nothing given, the usual CAs do. */
export interface Trust {
  /** SHA-256 or SHA-1 of the one certificate that is trusted, in lower case without colons. */
  readonly thumbprint?: string | undefined;
  /** PEM of CAs. */
  readonly ca?: readonly string[] | undefined;
}

/** A certificate that is not trusted; nothing was sent to its server. */
export class CertificateFault extends Error {
  constructor(
    reason: string,
    readonly sha256: string,
    readonly pinned: string | undefined,
  ) {
    super(reason);
    this.name = "CertificateFault";
  }
}

/** Why the server behind a fresh connection is not trusted. A pin stands for the whole certificate: name, CA and end. */
export function distrust(socket: TLSSocket, trust: Trust): CertificateFault | undefined {
  const certificate = socket.getPeerX509Certificate();
  const { thumbprint } = trust;
  if (certificate === undefined) {
    return new CertificateFault("the server showed no certificate", "", thumbprint);
  }
  const sha256 = certificate.fingerprint256;
  if (thumbprint === undefined) {
    if (socket.authorized) return undefined;
    return new CertificateFault(String(socket.authorizationError), sha256, undefined);
  }
  const actual = thumbprint.length === 40 ? certificate.fingerprint : sha256;
  if (actual.replaceAll(":", "").toLowerCase() === thumbprint) return undefined;
  return new CertificateFault("the thumbprint is another one", sha256, thumbprint);
}
