import { vsphereTargetId } from "../schema/targets/identity";
import { createHash } from "node:crypto";
import type { Publication, Template } from "../schema/state";
import type { TargetSpec } from "../schema/targets/target";
import { inventoryPath, type VsphereDeploySpec } from "../schema/targets/vsphere-deploy";
import { canonicalJson } from "../base/json";

type Deployed = Pick<Publication, "format" | "artifactKey" | "uri" | "target">;

/**
 * The template that a target deploys from a publication, if any. It depends on the spec and the artifact only, so a
 * preview knows it, and a lost template is made again with the same name and UUID.
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

/** Equal keys mean the same template: the same bytes, deployed with the same options at the same location. */
export function templateKey(
  deploy: VsphereDeploySpec,
  { artifactKey, target }: Pick<Deployed, "artifactKey" | "target">,
): string {
  return sha256(canonicalJson({ artifactKey, target, deploy }));
}

/** A UUID of version 8, whose content is not specified (RFC 9562). */
export function templateUuid(key: string): string {
  const variant = ((Number.parseInt(key.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const digits = `${key.slice(0, 12)}8${key.slice(13, 16)}${variant}${key.slice(17, 32)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The publication with the template that the target's current options make from it. */
export function withTemplate(spec: TargetSpec, published: Publication): Publication {
  const publication = withoutTemplate(published);
  const template = templateAt(spec, publication);
  return template === undefined ? publication : { ...publication, template };
}

/** The publication without its template, which can differ between owners. */
export function withoutTemplate(described: Publication): Publication {
  const { template, ...publication } = described;
  return template === undefined ? described : publication;
}

/** The image's name, from the file name of the artifact. */
function imageName({ uri }: Pick<Deployed, "uri">): string {
  const name = uri.slice(uri.lastIndexOf("/") + 1);
  return name.replace(/(-[0-9a-f]{12})?\.[^.]*$/, "");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
