import type { Publication } from "../spec/state";
import { folderUrl, type HttpTargetSpec, type TargetSpec } from "../spec/target-spec";

/** Where readers find what is sent to an address below the target's `url`. */
export function readAddress({ url, publicUrl }: HttpTargetSpec, uri: string): string {
  const root = `${folderUrl(url)}/`;
  return uri.startsWith(root) ? `${folderUrl(publicUrl ?? url)}/${uri.slice(root.length)}` : uri;
}

/** A publication with the address that the target's spec gives it; a record may be of a time with another `publicUrl`. */
export function readAt(target: TargetSpec | undefined, publication: Publication): Publication {
  if (target?.type !== "http") return publication;
  return { ...publication, url: readAddress(target, publication.uri) };
}
