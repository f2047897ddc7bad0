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

/** To one cluster, however many images are asked about at once; what is more waits for its turn. */
const mostConnections = 16;

/** Connections to a cluster; all images of a process that enter it as the same user share them. */
export function kubeDispatcher(
  context: KubeContext,
  authority: string | undefined,
  { certificate, key }: KubeCredentials,
): Promise<Dispatcher> {
  const { "tls-server-name": servername, "insecure-skip-tls-verify": isInsecure } = context.cluster;
  const usual = trusting(extraAuthorities());
  return openDispatcher({
    proxies: proxiesOf(context),
    tls: {
      // A cluster's own authority stands alone; without one the usual ones do, as for every other server.
      ...(authority === undefined ? usual : { ca: authority }),
      rejectUnauthorized: !isInsecure,
      ...(servername !== undefined && { servername }),
      ...(certificate !== undefined && { cert: certificate }),
      ...(key !== undefined && { key }),
    },
    proxyTls: usual,
    mostConnections,
  });
}

/** The one of the kubeconfig, which knows no exception, else those of the environment. */
function proxiesOf({ cluster, name }: KubeContext): Proxies {
  const own = cluster["proxy-url"];
  if (own === undefined) return environmentProxies();
  if (/^https?:\/\//.test(own) && URL.canParse(own)) {
    return { httpProxy: own, httpsProxy: own, noProxy: "" };
  }
  throw new StylusError("publish.failed", {
    what: `The \`proxy-url\` of ${name} is neither an http nor an https address.`,
    why: "Other kinds of proxies, such as SOCKS, are not spoken here.",
    next: "Name an HTTP proxy there.",
  });
}
