import type { Dispatcher } from "undici";
import { StylusError } from "../../../base/errors";
import {
  environmentProxies,
  extraAuthorities,
  openDispatcher,
  trusting,
  type Proxies,
} from "../../../system/http/dispatcher";
import type { KubeContext } from "./config";
import type { KubeCredentials } from "./exec";

/** Connections to one cluster; further requests wait. */
const maxConnections = 16;

/** The connection pool for a cluster, shared by all images of a process that use the same user. */
export function kubeDispatcher(
  context: KubeContext,
  authority: string | undefined,
  { certificate, key }: KubeCredentials,
): Promise<Dispatcher> {
  const { "tls-server-name": servername, "insecure-skip-tls-verify": isInsecure } = context.cluster;
  const usualTrust = trusting(extraAuthorities());
  return openDispatcher({
    proxies: proxiesOf(context),
    tls: {
      // The cluster's own CA replaces the usual ones.
      ...(authority === undefined ? usualTrust : { ca: authority }),
      rejectUnauthorized: !isInsecure,
      ...(servername !== undefined && { servername }),
      ...(certificate !== undefined && { cert: certificate }),
      ...(key !== undefined && { key }),
    },
    proxyTls: usualTrust,
    maxConnections,
  });
}

/** The proxy of the kubeconfig, which has no exceptions, else those of the environment. */
function proxiesOf({ cluster, name }: KubeContext): Proxies {
  const own = cluster["proxy-url"];
  if (own === undefined) return environmentProxies();
  if (/^https?:\/\//.test(own) && URL.canParse(own)) {
    return { httpProxy: own, httpsProxy: own, noProxy: "" };
  }
  throw new StylusError("publish.failed", {
    what: `The \`proxy-url\` of ${name} is neither an http nor an https address.`,
    why: "Other kinds of proxies, such as SOCKS, are not supported.",
    next: "Name an HTTP proxy there.",
  });
}
