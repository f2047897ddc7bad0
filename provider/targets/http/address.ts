import { folderUrl } from "../../schema/targets/identity";
import { StylusError } from "../../base/errors";
import { type HttpTargetSpec } from "../../schema/targets/http";

/** The URL of a name below the target's root. */
export function urlForName({ url }: Pick<HttpTargetSpec, "url">, name: string): string {
  return `${folderUrl(url)}/${name.split("/").map(encodeURIComponent).join("/")}`;
}

/** The URL of a publication. A URI outside the target's root is an error, so that no other file is ever removed. */
export function publicationUrl(spec: HttpTargetSpec, uri: string): string {
  const root = `${folderUrl(spec.url)}/`;
  // Compared in normalized form: `..` would leave the folder.
  const address = /[?#]/.test(uri) || !URL.canParse(uri) ? "" : folderUrl(uri);
  if (address.startsWith(root) && !uri.endsWith("/")) return address;
  throw new StylusError("internal", {
    what: `${uri} is not in ${folderUrl(spec.url)}.`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}

/** The folder of a URL, with a slash at the end; undefined for the server's root. */
export function parentFolder(address: string): string | undefined {
  const { origin, pathname } = new URL(address);
  const folder = pathname.replace(/[^/]*\/?$/, "");
  return folder === "/" || folder === "" ? undefined : origin + folder;
}
