import type { Dispatcher } from "undici";
import { extraAuthorities, openDispatcher, trusting } from "./dispatcher";

/**
 * The connection pool for a target, with the proxies of the environment. It trusts the CAs in NODE_EXTRA_CA_CERTS,
 * SSL_CERT_FILE and AWS_CA_BUNDLE, and the given one (PEM), in addition to the usual ones.
 */
export function targetDispatcher(authority?: string): Promise<Dispatcher> {
  const authorities = extraAuthorities("AWS_CA_BUNDLE");
  const all = authority === undefined ? authorities : [...authorities, authority];
  return openDispatcher({ tls: trusting(all) });
}
