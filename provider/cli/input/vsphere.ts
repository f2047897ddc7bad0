import type { InputProblem } from "../../base/errors";
import type { TargetOptions } from "../options/target";

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
  options: TargetOptions,
): Readonly<Record<string, unknown>> {
  const { vsphereThumbprint, vsphereCaFile, vsphereCredentialsFile } = options;
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
  if (path[0] === "library") {
    return { ...common, library: joined(path.slice(1)), deploy: deployInput(options) };
  }
  const at = path.indexOf("datastore");
  if (at < 0) return common;
  return {
    ...common,
    datacenter: joined(path.slice(0, at)),
    datastore: path[at + 1],
    folder: joined(path.slice(at + 2)),
  };
}

const isLibrary = /^vsphere:\/\/[^/]+\/+library\//i;
const pair = /^([A-Za-z]+)=(.*)$/s;

/** `--vsphere-deploy cluster=C0` and so on; what is missing is left for the schema to say. */
function deployInput({ vsphereDeploy }: TargetOptions): object | undefined {
  if (vsphereDeploy === undefined) return undefined;
  return Object.fromEntries(
    vsphereDeploy.flatMap((option) => {
      const [, name, value] = pair.exec(option) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

/** Options for vSphere that cannot be read, or where no target is one. */
export function vsphereProblems(options: TargetOptions): InputProblem[] {
  const { to = [], vsphereThumbprint, vsphereCaFile, vsphereCredentialsFile } = options;
  const { vsphereDeploy = [] } = options;
  const given = vsphereThumbprint ?? vsphereCaFile ?? vsphereCredentialsFile;
  const problems: InputProblem[] = vsphereDeploy
    .filter((option) => !pair.test(option))
    .map((option) => ({ path: "--vsphere-deploy", reason: `${option} is not name=value` }));
  if (given !== undefined && !to.some(isVsphere)) {
    const reason = "names no vsphere://server/..., which the --vsphere options belong to";
    problems.push({ path: "--to", reason });
  }
  if (vsphereDeploy.length > 0 && !to.some((target) => isLibrary.test(target))) {
    const reason = "names no vsphere://server/library/NAME, whose OVA --vsphere-deploy deploys";
    problems.push({ path: "--to", reason });
  }
  return problems;
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
