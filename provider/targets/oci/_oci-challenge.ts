/** How a registry wants to be asked, as `WWW-Authenticate` says. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** The first challenge of the header that we can answer; of two, a token server is asked first. */
export function parseChallenge(header: string): Challenge | undefined {
  const bearer = parametersOf(header, "bearer");
  const realm = bearer?.get("realm");
  if (bearer !== undefined && realm !== undefined) {
    return { scheme: "bearer", realm, service: bearer.get("service"), scope: bearer.get("scope") };
  }
  return parametersOf(header, "basic") === undefined ? undefined : { scheme: "basic" };
}

/** RFC 9110, 11.6.1: `scheme name="value", name=token`; a scheme is a word without `=` behind it. */
function parametersOf(header: string, wanted: string): Map<string, string> | undefined {
  const token = /\s*,?\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y;
  let scheme = "";
  let found: Map<string, string> | undefined;
  for (let match = token.exec(header); match !== null; match = token.exec(header)) {
    const [, name = "", quoted, plain] = match;
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) {
      scheme = name.toLowerCase();
      if (scheme === wanted) found ??= new Map();
    } else if (scheme === wanted) {
      found?.set(name.toLowerCase(), value);
    }
  }
  return found;
}
