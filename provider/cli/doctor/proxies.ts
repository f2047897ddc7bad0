import { redactUrl } from "../../system/http/url";

const proxyNames = ["http_proxy", "https_proxy", "no_proxy"];

/** The proxy variables, in lower and upper case as curl reads them, without user names and passwords. */
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
