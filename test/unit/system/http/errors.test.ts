import assert from "node:assert/strict";
import { StylusError } from "../../../../provider/base/errors";
import { networkError } from "../../../../provider/system/http/errors";
import type { Endpoint } from "../../../../provider/system/http/explain-failure";
import {
  expectsTls,
  isConnectionLost,
  networkFailure,
  TlsExpectedError,
  type NetworkFailureKind,
} from "../../../../provider/system/http/network-failure";

const signal = new AbortController().signal;
const endpoint: Endpoint = {
  url: new URL("https://files.lan:8443/images/"),
  setting: "the target's `url`",
};

function systemError(code: string, message = code, more: object = {}): Error {
  return Object.assign(new Error(message), { code, ...more });
}

function explained(thrown: unknown, more: Partial<Endpoint> = {}): StylusError {
  return networkError(thrown, {
    domain: "publish",
    what: "Cannot write image.ova at files.lan",
    endpoint: { ...endpoint, ...more },
    signal,
  });
}

/** Errors as Node 24, OpenSSL 3 and undici 8 throw them. */
const openssl =
  "40CDE301767F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/tlsany_meth.c:77:\n";
const parserError = Object.assign(new Error("Expected HTTP/, RTSP/ or ICE/"), {
  name: "HTTPParserError",
});

const cases: readonly (readonly [string, unknown, NetworkFailureKind, RegExp])[] = [
  [
    "a name that no name server knows",
    systemError("ENOTFOUND", "getaddrinfo ENOTFOUND files.lan", { hostname: "files.lan" }),
    "unknown-host",
    /does not know "files\.lan"\. Check the host name in the target's `url`/,
  ],
  ["a silent name server", systemError("EAI_AGAIN"), "no-name-server", /did not answer/],
  ["a closed port", systemError("ECONNREFUSED"), "refused", /Nothing accepts connections/],
  [
    "a closed port at each of several addresses",
    new AggregateError([
      systemError("ECONNREFUSED", "connect ECONNREFUSED ::1:8443"),
      systemError("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:8443"),
    ]),
    "refused",
    /: connect ECONNREFUSED ::1:8443\. Nothing accepts/,
  ],
  ["a network that is away", systemError("ENETUNREACH"), "no-route", /no route/],
  ["a host that is down", systemError("UND_ERR_CONNECT_TIMEOUT"), "connect-timeout", /firewall/],
  ["a silent server", systemError("UND_ERR_HEADERS_TIMEOUT"), "response-timeout", /too long/],
  ["a reset", systemError("ECONNRESET"), "connection-lost", /closed the connection/],
  [
    "a reset below other errors",
    new Error("fetch failed", { cause: systemError("ECONNRESET", "read ECONNRESET") }),
    "connection-lost",
    /fetch failed: read ECONNRESET\. The server/,
  ],
  ["another protocol", parserError, "not-http", /files\.lan:8443 does not speak HTTP/],
  [
    "plain HTTP behind https",
    systemError("ERR_SSL_WRONG_VERSION_NUMBER", openssl),
    "not-tls",
    /: TLS reports "wrong version number"\. files\.lan:8443 does not answer in TLS.*Write http:/,
  ],
  [
    "https behind plain HTTP",
    new TlsExpectedError(),
    "tls-expected",
    /expects https.*Write https:\/\/ instead of http:\/\/ in the target's `url`/,
  ],
  [
    "an old TLS",
    systemError("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
    "tls-handshake",
    /TLS 1\.2 or 1\.3/,
  ],
  [
    "a client certificate that is wanted",
    systemError("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    "client-certificate",
    /requires a client certificate/,
  ],
  [
    "an expired certificate",
    systemError("CERT_HAS_EXPIRED"),
    "certificate-expired",
    /has expired, or the clock of this machine is wrong: it shows 20\d\d-/,
  ],
  [
    "a certificate of tomorrow",
    systemError("CERT_NOT_YET_VALID"),
    "certificate-not-yet-valid",
    /not valid yet, or the clock of this machine is wrong: it shows 20\d\d-.*Set the clock/,
  ],
  [
    "a certificate for another name",
    systemError("ERR_TLS_CERT_ALTNAME_INVALID"),
    "certificate-name",
    /for another name than files\.lan\. Nothing was sent\. Use a name in the target's `url`/,
  ],
  [
    "a private CA",
    systemError(
      "SELF_SIGNED_CERT_IN_CHAIN",
      "self-signed certificate in certificate chain; if the root CA is installed locally, try running Node.js with --use-system-ca",
    ),
    "certificate-untrusted",
    /: self-signed certificate in certificate chain\. This machine does not trust.*NODE_EXTRA_CA_CERTS or SSL_CERT_FILE/,
  ],
  [
    "a proxy that refuses to connect",
    systemError("UND_ERR_ABORTED", "Proxy response (502) !== 200 when HTTP Tunneling"),
    "proxy",
    /The proxy did not connect.*HTTP_PROXY, HTTPS_PROXY and NO_PROXY/,
  ],
  ["anything else", new Error("out of luck"), "other", /: out of luck\. No response arrived/],
];

describe("errors of the network", () => {
  for (const [name, thrown, kind, text] of cases) {
    it(`explains ${name}`, () => {
      assert.equal(networkFailure(thrown).kind, kind);
      const error = explained(thrown);
      assert.equal(error.code, "publish.unreachable");
      assert.match(error.message, /^Cannot write image\.ova at files\.lan: /);
      assert.match(error.message, text);
      assert.equal(error.details.cause, thrown);
    });
  }

  it("calls denied what a proxy wants a login for, over https and http", () => {
    for (const text of [
      "Proxy response (407) !== 200 when HTTP Tunneling",
      "Proxy Authentication Required (407)",
    ]) {
      const error = explained(systemError("UND_ERR_ABORTED", text));
      assert.equal(error.code, "publish.denied");
      assert.match(error.message, /The proxy requires a user name and a password/);
    }
  });

  it("uses the settings of the target in its advice", () => {
    const { message } = explained(systemError("DEPTH_ZERO_SELF_SIGNED_CERT"), {
      caSetting: "the target's `caFile`",
    });
    assert.match(message, /in the target's `caFile`, NODE_EXTRA_CA_CERTS or SSL_CERT_FILE/);
    const plain = explained(systemError("EPROTO"), { useHttp: "set `plainHttp: true`" });
    assert.match(plain.message, / Set `plainHttp: true`\. /);
    const proxied = explained(systemError("ECONNREFUSED"), { proxySetting: "`proxy-url`" });
    assert.match(proxied.message, /`proxy-url`, HTTP_PROXY, HTTPS_PROXY and NO_PROXY/);
  });

  it("passes on a complete error, and the reason of a cancellation", () => {
    const own = new StylusError("publish.failed", { what: "Changed.", next: "Run again." });
    assert.equal(explained(new Error("the body failed", { cause: own })), own);
    const aborted = AbortSignal.abort();
    assert.throws(
      () =>
        networkError(systemError("ECONNRESET"), {
          domain: "installer",
          what: "Cannot download it",
          endpoint,
          signal: aborted,
        }),
      { code: "build.cancelled" },
    );
  });

  it("repeats what a new connection may bring, and nothing that stays wrong", () => {
    const lost = cases.filter(([, thrown]) => isConnectionLost(thrown)).map(([, , kind]) => kind);
    assert.deepEqual(
      new Set(lost),
      new Set([
        ...(["no-name-server", "refused", "no-route"] as const),
        ...(["connect-timeout", "response-timeout", "connection-lost"] as const),
      ]),
    );
  });

  it("knows how servers say that their port expects TLS", () => {
    for (const text of [
      "Client sent an HTTP request to an HTTPS server.",
      "<center>The plain HTTP request was sent to HTTPS port</center>",
      "Reason: You're speaking plain HTTP to an SSL-enabled server port.",
    ]) {
      assert.ok(expectsTls(text), text);
    }
    assert.ok(!expectsTls('{"errors":[{"code":"NAME_INVALID"}]}'));
  });
});
