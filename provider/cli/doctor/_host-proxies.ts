import { redactUrl } from "../../system/http/client";

const proxyNames = ["http_proxy", "https_proxy", "no_proxy"];

/** Either case, as curl reads them; only hosts and ports, for a proxy's URL often holds a password. */
export function proxiesIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    proxyNames
      .flatMap((name) => [name, name.toUpperCase()])
      .flatMap((name) => {
        const value = environment[name];
        if (value === undefined || value === "") return [];
        return [[name, /^no_proxy$/i.test(name) ? value : redactUrl(value)]];
      }),
  );
}
