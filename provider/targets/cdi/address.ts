import { canonicalTargetId, cdiTargetId } from "../../schema/targets/identity";
import { type CdiTargetSpec } from "../../schema/targets/cdi";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";

export interface VolumeAddress {
  readonly namespace: string;
  readonly name: string;
}

/** A DataVolume's name: the last part of the artifact's name without its extension, as a DNS label. */
export function volumeName(artifactName: string): string {
  const last = artifactName.slice(artifactName.lastIndexOf("/") + 1);
  // The key before the extension tells formats apart.
  const stem = /^(.*-[0-9a-f]{12})\./.exec(last)?.[1] ?? last;
  return stem
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "-")
    .replace(/^-+/, "");
}

export function volumeUri({ namespace, name }: VolumeAddress): string {
  return `cdi://${namespace}/${name}`;
}

/** The address of a publication. Fails for a publication of another target, so that nothing else is ever removed. */
export function addressOfUri(
  spec: CdiTargetSpec,
  { uri, target }: Pick<Publication, "uri" | "target">,
): VolumeAddress {
  const [, namespace = "", name = ""] = /^cdi:\/\/([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(uri) ?? [];
  const isHere = spec.namespace === undefined || spec.namespace === namespace;
  if (canonicalTargetId(target) === cdiTargetId(spec) && namespace !== "" && isHere)
    return { namespace, name };
  throw new StylusError("internal", {
    what: `${uri} is not in ${cdiTargetId(spec)}.`,
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
