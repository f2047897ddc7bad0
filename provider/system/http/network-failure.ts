import { describeThrown } from "../../base/errors";

/** The reason why a request got no response. */
export type NetworkFailureKind =
  | "unknown-host"
  | "no-name-server"
  | "refused"
  | "no-route"
  | "connect-timeout"
  | "response-timeout"
  | "connection-lost"
  | "not-http"
  | "not-tls"
  | "tls-expected"
  | "tls-handshake"
  | "client-certificate"
  | "certificate-expired"
  | "certificate-not-yet-valid"
  | "certificate-name"
  | "certificate-untrusted"
  | "proxy-login"
  | "proxy"
  | "other";

export interface NetworkFailure {
  readonly kind: NetworkFailureKind;
  /** The system's own text, in one line and without a period. */
  readonly reason: string;
  /** The host name that was not found. */
  readonly hostname?: string | undefined;
}

const kindByCode: Readonly<Record<string, NetworkFailureKind>> = {
  ENOTFOUND: "unknown-host",
  EAI_AGAIN: "no-name-server",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "no-route",
  ENETUNREACH: "no-route",
  ETIMEDOUT: "connect-timeout",
  UND_ERR_CONNECT_TIMEOUT: "connect-timeout",
  UND_ERR_HEADERS_TIMEOUT: "response-timeout",
  UND_ERR_BODY_TIMEOUT: "response-timeout",
  ECONNRESET: "connection-lost",
  ECONNABORTED: "connection-lost",
  EPIPE: "connection-lost",
  UND_ERR_SOCKET: "connection-lost",
  EPROTO: "not-tls",
  ERR_SSL_WRONG_VERSION_NUMBER: "not-tls",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "not-tls",
  ERR_TLS_EXPECTED: "tls-expected",
  CERT_HAS_EXPIRED: "certificate-expired",
  CERT_NOT_YET_VALID: "certificate-not-yet-valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate-name",
  CERT_CHAIN_TOO_LONG: "certificate-untrusted",
  CERT_REJECTED: "certificate-untrusted",
  CERT_REVOKED: "certificate-untrusted",
  CERT_SIGNATURE_FAILURE: "certificate-untrusted",
  CERT_UNTRUSTED: "certificate-untrusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate-untrusted",
  INVALID_CA: "certificate-untrusted",
  INVALID_PURPOSE: "certificate-untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate-untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "certificate-untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate-untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate-untrusted",
};

/** Failures after which the same request may succeed over a new connection. */
const passing: readonly NetworkFailureKind[] = [
  "no-name-server",
  "refused",
  "no-route",
  "connect-timeout",
  "response-timeout",
  "connection-lost",
];

/** Whether a connection failed or broke, as opposed to a wrong certificate or an unknown name. */
export function isConnectionLost(thrown: unknown): boolean {
  return passing.includes(networkFailure(thrown).kind);
}

/** Classifies what a request threw, by the first error in its chain of causes that says something. */
export function networkFailure(thrown: unknown): NetworkFailure {
  const chain = errorChain(thrown);
  const source = chain.find((error) => kindOf(error) !== undefined);
  // The error around several attempts to connect has no text of its own.
  const shown: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const hostname = source !== undefined && "hostname" in source ? source.hostname : undefined;
  return {
    kind: (source && kindOf(source)) ?? "other",
    reason: reasonOf(describeThrown(shown)),
    hostname: typeof hostname === "string" ? hostname : undefined,
  };
}

function kindOf(error: Error): NetworkFailureKind | undefined {
  const code = "code" in error ? String(error.code) : "";
  const known = kindByCode[code];
  if (known !== undefined) return known;
  // Texts of undici's proxy agent, whose codes say nothing.
  const proxyStatus = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(error.message);
  if (proxyStatus !== null) return proxyStatus[1] === "407" ? "proxy-login" : "proxy";
  if (code.startsWith("ERR_SSL_")) {
    return /ALERT.*(?:CERT|UNKNOWN_CA)/.test(code) ? "client-certificate" : "tls-handshake";
  }
  return error.name === "HTTPParserError" ? "not-http" : undefined;
}

/** An error and everything that caused it. */
export function errorChain(thrown: unknown): Error[] {
  if (thrown instanceof AggregateError) return [thrown, ...thrown.errors.flatMap(errorChain)];
  return thrown instanceof Error ? [thrown, ...errorChain(thrown.cause)] : [];
}

function reasonOf(text: string): string {
  // `40CD...:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/...`
  const openssl = /:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):/.exec(text)?.[1];
  const reason = openssl === undefined ? text : `TLS reports "${openssl}"`;
  return (
    reason
      // Node's advice on self-signed certificates does not apply to this package.
      .replace(/; if the root CA is installed locally.*$/, "")
      .replace(/\s+/g, " ")
      .trim()
      .replace(/[.:]$/, "")
  );
}

/** Plain HTTP was sent to a port that expects TLS. */
export class TlsExpectedError extends Error {
  readonly code = "ERR_TLS_EXPECTED";

  constructor() {
    super("the server rejects plain HTTP");
    this.name = "TlsExpectedError";
  }
}

/** Whether a response with status 400 is how Go, nginx or Apache reject plain HTTP at a TLS port. */
export function expectsTls(text: string): boolean {
  return /HTTP request (?:was sent )?to (?:an )?HTTPS|speaking plain HTTP to an SSL-enabled/i.test(
    text,
  );
}
