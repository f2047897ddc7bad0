import { createHash } from "node:crypto";
import type { Publication, Template } from "../schema/state";
import type { TargetSpec } from "../schema/targets/target";
import { inventoryPath, type VsphereDeploySpec } from "../schema/targets/vsphere-deploy";
import { vsphereTargetId } from "../schema/targets/vsphere";
import { canonicalJson } from "../base/json";

type Deployed = Pick<Publication, "format" | "artifactKey" | "uri" | "target">;

/**
 * The template that a target makes of a publication, if it does. All of it follows from the spec and the artifact: it is
 * known in a preview, and one that was lost comes back as the same.
 */
export function templateAt(spec: TargetSpec, publication: Deployed): Template | undefined {
  if (spec.type !== "vsphere" || spec.deploy === undefined) return undefined;
  if (publication.format !== "ova") return undefined;
  const { deploy } = spec;
  const key = templateKey(deploy, { ...publication, target: vsphereTargetId(spec) });
  const name = `${deploy.name ?? imageName(publication)}-${key.slice(0, 12)}`;
  const path = [inventoryPath(deploy, "folder", deploy.folder), name].join("/");
  return { name, path: `/${path}`, uuid: templateUuid(key) };
}

/** The same key means the same template of the same bytes, made in the same way at the same place. */
export function templateKey(
  deploy: VsphereDeploySpec,
  { artifactKey, target }: Pick<Deployed, "artifactKey" | "target">,
): string {
  return sha256(canonicalJson({ artifactKey, target, deploy }));
}

/** A UUID of version 8, whose content is up to its maker (RFC 9562). */
export function templateUuid(key: string): string {
  const variant = ((Number.parseInt(key.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const digits = `${key.slice(0, 12)}8${key.slice(13, 16)}${variant}${key.slice(17, 32)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The publication as this target describes it today. */
export function withTemplate(spec: TargetSpec, published: Publication): Publication {
  const publication = withoutTemplate(published);
  const template = templateAt(spec, publication);
  return template === undefined ? publication : { ...publication, template };
}

/** The artifact alone: each owner may have another template made of it. */
export function withoutTemplate(described: Publication): Publication {
  const { template, ...publication } = described;
  return template === undefined ? described : publication;
}

/** What the artifact's own name begins with. */
function imageName({ uri }: Pick<Deployed, "uri">): string {
  const name = uri.slice(uri.lastIndexOf("/") + 1);
  return name.replace(/(-[0-9a-f]{12})?\.[^.]*$/, "");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
