import type { Dispatcher } from "undici";
import { extraAuthorities, openDispatcher, trusting } from "./dispatcher";

/**
 * Connections to a store, a registry or an upload proxy, through the proxies of the environment. They trust the CAs in
 * NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and AWS_CA_BUNDLE, and the authority given (PEM), besides the usual ones.
 */
export function targetDispatcher(authority?: string): Promise<Dispatcher> {
  const authorities = extraAuthorities("AWS_CA_BUNDLE");
  const all = authority === undefined ? authorities : [...authorities, authority];
  return openDispatcher({ tls: trusting(all) });
}
