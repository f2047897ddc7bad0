import { z } from "zod";
import type { ArtifactFormat } from "../names";
import { cdiAccepts, cdiTarget } from "./cdi";
import { directoryTarget } from "./directory";
import { httpTarget } from "./http";
import { ociTarget } from "./oci";
import { s3Target } from "./s3";
import { vsphereAccepts, vsphereTarget } from "./vsphere";

export const targetSchema = z.discriminatedUnion("type", [
  directoryTarget,
  s3Target,
  httpTarget,
  ociTarget,
  vsphereTarget,
  cdiTarget,
]);
export type TargetSpec = z.infer<typeof targetSchema>;

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
