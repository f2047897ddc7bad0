import { resolve } from "node:path";
import type { InputProblem } from "../../base/errors";
import { pathProblem } from "../../schema/check-rules";
import { type TargetOptions, defaultTarget } from "../options/target";
import { parseHeaders } from "./headers";
import type { Parsed } from "./parsed";
import type { OptionOwner, TargetContext, TargetInput, TargetKind } from "./target-kind";
import { deployOwner, parseDeploy, vsphereKind } from "./vsphere";

const ociScheme = "oci://";
const cdiScheme = /^cdi:\/\//i;
const s3Scheme = "s3://";

const s3Kind: TargetKind = {
  options: ["s3Endpoint", "s3Region", "s3Profile", "s3PathStyle"],
  matches: (place) => place.startsWith(s3Scheme),
  reason: "names no s3://bucket/prefix, which the --s3 options need",
  input: (place, { options }) => {
    const [, bucket, prefix] = /^([^/]*)\/?(.*)$/s.exec(place.slice(s3Scheme.length)) ?? [];
    return {
      type: "s3",
      bucket,
      prefix,
      endpoint: options.s3Endpoint,
      region: options.s3Region,
      profile: options.s3Profile,
      pathStyle: options.s3PathStyle,
    };
  },
};

const ociKind: TargetKind = {
  options: ["ociTag", "ociPlainHttp"],
  matches: (place) => place.startsWith(ociScheme),
  reason: "names no oci://host/repository, which the --oci options need",
  input: (place, { options }) => ({
    type: "oci",
    repository: place.slice(ociScheme.length),
    tag: options.ociTag,
    plainHttp: options.ociPlainHttp,
  }),
};

/** `cdi://namespace`, or `cdi://` for the context's namespace. */
const cdiKind: TargetKind = {
  options: [
    "cdiContext",
    "cdiKubeconfig",
    "cdiUploadProxy",
    "cdiUploadProxyCaFile",
    "cdiStorageClass",
  ],
  matches: (place) => cdiScheme.test(place),
  reason: "names no cdi://namespace, which the --cdi options need",
  input: (place, { options }) => {
    const namespace = place.replace(cdiScheme, "").replace(/\/$/, "");
    return {
      type: "cdi",
      namespace: namespace === "" ? undefined : namespace,
      context: options.cdiContext,
      kubeconfig: options.cdiKubeconfig,
      uploadProxy: options.cdiUploadProxy,
      uploadProxyCaFile: options.cdiUploadProxyCaFile,
      storageClass: options.cdiStorageClass,
    };
  },
};

const httpKind: TargetKind = {
  options: ["toHeader"],
  matches: isWebAddress,
  reason: "names no https://host/folder, which --to-header needs",
  input: (place, { headers }) => ({ type: "http", url: place, headers }),
};

const kinds: readonly TargetKind[] = [s3Kind, ociKind, vsphereKind, cdiKind, httpKind];

/** The targets that `--to` names, as `publishTo` of the resource's input, and the options that have no effect. */
export function parseTargets(
  options: TargetOptions,
  headerLines: readonly string[],
): Parsed<readonly TargetInput[]> {
  const headers = parseHeaders("--to-header", headerLines);
  const deploy = parseDeploy(options.vsphereDeploy);
  const context = { options, headers: headers.value, deploy: deploy.value };
  return {
    value: (options.to ?? [defaultTarget]).map((place) => inputOf(place, context)),
    problems: [
      ...headers.problems,
      ...deploy.problems,
      ...(options.to ?? []).flatMap(folderProblems),
      ...[...kinds, deployOwner].flatMap((owner) => unusedOptions(owner, options)),
    ],
  };
}

/** A place of no other kind is a folder. Its path is made absolute: it is part of the target's identity. */
function inputOf(place: string, context: TargetContext): TargetInput {
  const kind = kinds.find(({ matches }) => matches(place));
  return kind?.input(place, context) ?? { type: "directory", path: resolve(place) };
}

/** The problems of a folder's path: a shell does not replace the tilde in \`--to=~/images\`. */
function folderProblems(place: string): InputProblem[] {
  const isFolder = !kinds.some(({ matches }) => matches(place));
  const reason = isFolder ? pathProblem(place) : undefined;
  return reason === undefined ? [] : [{ path: "--to", reason: `"${place}" ${reason}` }];
}

function unusedOptions(
  { options: names, matches, reason }: OptionOwner,
  options: TargetOptions,
): InputProblem[] {
  const isGiven = names.some((name) => options[name] !== undefined);
  return isGiven && !(options.to ?? []).some(matches) ? [{ path: "--to", reason }] : [];
}

/** Whether the text is an http or https URL, and not a path. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
