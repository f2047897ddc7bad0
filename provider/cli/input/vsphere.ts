import type { Parsed } from "./parsed";
import type { OptionOwner, TargetContext, TargetInput, TargetKind } from "./target-kind";

const scheme = /^vsphere:\/\//i;

export const vsphereKind: TargetKind = {
  options: ["vsphereThumbprint", "vsphereCaFile", "vsphereCredentialsFile"],
  matches: (place) => scheme.test(place),
  reason: "names no vsphere://server/..., which the --vsphere options need",
  input: vsphereInput,
};

/** `--vsphere-deploy` needs a library: a template is deployed from a library item. */
export const deployOwner: OptionOwner = {
  options: ["vsphereDeploy"],
  matches: (place) => /^vsphere:\/\/[^/]+\/+library\//i.test(place),
  reason: "names no vsphere://server/library/NAME, which --vsphere-deploy needs",
};

/**
 * `vsphere://server/DC/datastore/NAME/folder`, the inventory path of a datastore (the datacenter is optional), or
 * `vsphere://server/library/NAME`. Anything else is refused by the schema.
 */
function vsphereInput(place: string, { options, deploy }: TargetContext): TargetInput {
  const [server, ...path] = place
    .replace(scheme, "")
    .split("/")
    .map(decoded)
    .filter((part, index) => index === 0 || part !== "");
  const common = {
    type: "vsphere",
    server,
    thumbprint: options.vsphereThumbprint,
    caFile: options.vsphereCaFile,
    credentialsFile: options.vsphereCredentialsFile,
  };
  if (path[0] === "library") return { ...common, library: joined(path.slice(1)), deploy };
  const at = path.indexOf("datastore");
  if (at < 0) return common;
  return {
    ...common,
    datacenter: joined(path.slice(0, at)),
    datastore: path[at + 1],
    folder: joined(path.slice(at + 2)),
  };
}

const pair = /^([A-Za-z]+)=(.*)$/s;

/** `--vsphere-deploy cluster=C0`; the schema reports missing names. */
export function parseDeploy(
  options: readonly string[] | undefined,
): Parsed<Readonly<Record<string, string>> | undefined> {
  if (options === undefined) return { value: undefined, problems: [] };
  const settings: [string, string][] = [];
  const problems = options.flatMap((option) => {
    const [, name, value = ""] = pair.exec(option) ?? [];
    if (name === undefined) {
      return [{ path: "--vsphere-deploy", reason: `${option} is not of the form name=value` }];
    }
    settings.push([name, value]);
    return [];
  });
  return { value: Object.fromEntries(settings), problems };
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
