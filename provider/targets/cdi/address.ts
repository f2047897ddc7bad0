import { cdiTargetId, type CdiTargetSpec } from "../../schema/targets/cdi";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";

export interface VolumeAddress {
  readonly namespace: string;
  readonly name: string;
}

/** A DataVolume's name: what ends an artifact's name, content and all, as the DNS label that it nearly is. */
export function volumeName(artifactName: string): string {
  const last = artifactName.slice(artifactName.lastIndexOf("/") + 1);
  // The extension is no part of it; the key before it tells formats apart.
  const stem = /^(.*-[0-9a-f]{12})\./.exec(last)?.[1] ?? last;
  return stem
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "-")
    .replace(/^-+/, "");
}

export function volumeUri({ namespace, name }: VolumeAddress): string {
  return `cdi://${namespace}/${name}`;
}

/** Where a publication lies; one that is none of this target's is refused, so that nothing else is ever removed. */
export function addressOfUri(
  spec: CdiTargetSpec,
  { uri, target }: Pick<Publication, "uri" | "target">,
): VolumeAddress {
  const [, namespace = "", name = ""] = /^cdi:\/\/([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(uri) ?? [];
  const isHere = spec.namespace === undefined || spec.namespace === namespace;
  if (target === cdiTargetId(spec) && namespace !== "" && isHere) return { namespace, name };
  throw new StylusError("internal", {
    what: `${uri} does not lie in ${cdiTargetId(spec)}.`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}

export function volumesPath(namespace: string): string {
  return `/apis/cdi.kubevirt.io/v1beta1/namespaces/${namespace}/datavolumes`;
}

export function volumePath({ namespace, name }: VolumeAddress): string {
  return `${volumesPath(namespace)}/${name}`;
}

export function claimPath({ namespace, name }: VolumeAddress): string {
  return `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
}
