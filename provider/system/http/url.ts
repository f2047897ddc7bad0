/** A URL as it may appear in a message: without user, password, query and fragment. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return "(an invalid URL)";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Parses an http or https URL. Its errors do not quote the URL: it may contain credentials. */
export function parseHttpUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null) throw new Error("the URL is malformed");
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new Error(`the protocol "${url.protocol}" is neither http nor https`);
}
