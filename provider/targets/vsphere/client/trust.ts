import type { ConnectionOptions, TLSSocket } from "node:tls";

/** Certificates to trust. If neither is set, one of the usual CAs must have signed the server's. */
export interface Trust {
  /** SHA-256 or SHA-1 of the one certificate that is trusted, in lower case without colons. */
  readonly thumbprint?: string | undefined;
  /** PEM of CAs. */
  readonly ca?: ConnectionOptions["ca"];
}

/** The server's certificate is not trusted; nothing was sent to it. */
export class CertificateError extends Error {
  constructor(
    /** Why, as Node's code: `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, ... */
    readonly code: string,
    /** Thumbprint of the certificate. */
    readonly sha256: string,
  ) {
    super(`the server's certificate is not trusted (${code})`);
    this.name = "CertificateError";
  }
}

/** The server's certificate is not the pinned one; nothing was sent to it. */
export class PinError extends Error {
  constructor(
    message: string,
    /** Thumbprint of the certificate. */
    readonly sha256: string,
    /** Thumbprint of the pinned certificate. */
    readonly thumbprint: string,
  ) {
    super(message);
    this.name = "PinError";
  }
}

/**
 * Checks the certificate of a new connection. A pinned thumbprint replaces every other check: name, CA and validity.
 */
export function checkCertificate(
  socket: TLSSocket,
  { thumbprint }: Trust,
): CertificateError | PinError | undefined {
  const certificate = socket.getPeerX509Certificate();
  const sha256 = certificate?.fingerprint256 ?? "unknown";
  if (thumbprint === undefined) {
    if (certificate !== undefined && socket.authorized) return undefined;
    return new CertificateError(codeOf(socket.authorizationError), sha256);
  }
  if (certificate === undefined) {
    return new PinError("the server sent no certificate", sha256, thumbprint);
  }
  const actual = thumbprint.length === 40 ? certificate.fingerprint : sha256;
  if (actual.replaceAll(":", "").toLowerCase() === thumbprint) return undefined;
  return new PinError("its thumbprint is not the expected one", sha256, thumbprint);
}

/** The declared type is Error, but Node stores the code. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
