import { z } from "zod";
import type { ArtifactFormat } from "../names";
import { cdiAccepts, cdiTarget, cdiTargetId } from "./cdi";
import { directoryTarget } from "./directory";
import { httpTarget } from "./http";
import { ociTarget } from "./oci";
import { s3Target } from "./s3";
import { vsphereAccepts, vsphereTarget, vsphereTargetId } from "./vsphere";

export const targetSchema = z.discriminatedUnion("type", [
  directoryTarget,
  s3Target,
  httpTarget,
  ociTarget,
  vsphereTarget,
  cdiTarget,
]);
export type TargetSpec = z.infer<typeof targetSchema>;

/** Targets with the same key are the same target. */
export function placeOf(target: TargetSpec): string {
  switch (target.type) {
    case "directory":
      return `directory ${target.path}`;
    case "s3":
      return `s3 ${target.endpoint ?? ""} ${target.bucket} ${target.prefix}`;
    case "http":
      return `http ${folderUrl(target.url)}`;
    case "oci":
      return `oci ${target.repository}`;
    case "vsphere":
      return vsphereTargetId(target);
    case "cdi":
      return cdiTargetId(target);
  }
}

/** The normalized address: lower-case host, no default port, no slash at the end. */
export function folderUrl(url: string): string {
  return new URL(url).href.replace(/\/+$/, "");
}

/** Whether a target accepts a format: one that it lists, or by default one that it can use. */
export function accepts(target: TargetSpec, format: ArtifactFormat): boolean {
  if (target.formats !== undefined) return new Set<ArtifactFormat>(target.formats).has(format);
  switch (target.type) {
    case "vsphere":
      return vsphereAccepts(target, format);
    case "cdi":
      return cdiAccepts(format);
    case "directory":
    case "s3":
    case "http":
    case "oci":
      return true;
  }
}

/** Whether publishing to the target crosses a network. */
export function isRemote(target: TargetSpec): boolean {
  return target.type !== "directory";
}
