import type { InputProblem } from "../spec/errors";
import type { TargetOptions } from "./options";

const scheme = /^vsphere:\/\//i;

export function isVsphere(target: string): boolean {
  return scheme.test(target);
}

/**
 * `vsphere://server/DC/datastore/NAME/folder`, which is the inventory path of the datastore (the datacenter may be left
 * out), or `vsphere://server/library/NAME`. What is neither is left for the schema to refuse.
 */
export function vsphereInput(
  target: string,
  { vsphereThumbprint, vsphereCaFile, vsphereCredentialsFile }: TargetOptions,
): Readonly<Record<string, unknown>> {
  const [server, ...path] = target
    .replace(scheme, "")
    .split("/")
    .map(decoded)
    .filter((part, index) => index === 0 || part !== "");
  const common = {
    type: "vsphere",
    server,
    thumbprint: vsphereThumbprint,
    caFile: vsphereCaFile,
    credentialsFile: vsphereCredentialsFile,
  };
  if (path[0] === "library") return { ...common, library: joined(path.slice(1)) };
  const at = path.indexOf("datastore");
  if (at < 0) return common;
  return {
    ...common,
    datacenter: joined(path.slice(0, at)),
    datastore: path[at + 1],
    folder: joined(path.slice(at + 2)),
  };
}

/** Options for vSphere where no target is one. */
export function vsphereProblems(options: TargetOptions): InputProblem[] {
  const { to = [], vsphereThumbprint, vsphereCaFile, vsphereCredentialsFile } = options;
  const given = vsphereThumbprint ?? vsphereCaFile ?? vsphereCredentialsFile;
  return given === undefined || to.some(isVsphere)
    ? []
    : [
        {
          path: "--to",
          reason: "names no vsphere://server/..., which the --vsphere options belong to",
        },
      ];
}

function joined(parts: readonly string[]): string | undefined {
  return parts.length === 0 ? undefined : parts.join("/");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
