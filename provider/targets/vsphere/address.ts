import {
  canonicalTargetId,
  segmentsOf,
  vsphereTargetId,
  type VsphereLocation,
} from "../../schema/targets/identity";
import { StylusError } from "../../base/errors";

/** The URI of a publication. */
export function vsphereUri(location: VsphereLocation, name: string): string {
  return `${vsphereTargetId(location)}/${name}`;
}

/** The name of a publication. Fails for a URI of another target, so that nothing else is ever removed. */
export function nameOfUri(location: VsphereLocation, uri: string): string {
  const root = `${vsphereTargetId(location)}/`;
  const canonical = canonicalTargetId(uri);
  const name = canonical.slice(root.length);
  if (canonical.startsWith(root) && name !== "" && !name.split("/").includes("..")) return name;
  throw new StylusError("internal", {
    what: `${uri} is not in ${vsphereTargetId(location)}.`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}

/** A file's path within its datastore. */
export function datastorePath({ folder = "" }: VsphereLocation, name: string): string {
  return [...segmentsOf(folder), name].join("/");
}

/** Path and query for the download and upload of a file in a datastore. */
export function folderPath(datacenterPath: string, datastore: string, path: string): string {
  const query = new URLSearchParams({ dcPath: datacenterPath, dsName: datastore });
  return `/folder/${segmentsOf(path).map(encodeURIComponent).join("/")}?${query.toString()}`;
}

/** The URL of a publication at the server as the target names it today. */
export function urlAtServer({ server }: VsphereLocation, url: string): string {
  return url.replace(/^https:\/\/[^/]+/, () => `https://${server}`);
}
