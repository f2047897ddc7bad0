import { resolve } from "node:path";
import type { InputProblem } from "../../base/errors";
import { headersInput } from "../options/headers";
import { type TargetOptions, defaultTarget } from "../options/target";
import { isVsphere, vsphereInput, vsphereProblems } from "./vsphere";

const scheme = /^cdi:\/\//i;

function isCdi(target: string): boolean {
  return scheme.test(target);
}

/** `cdi://namespace`, or `cdi://` for the namespace of the context. What is neither is left for the schema to refuse. */
function cdiInput(target: string, options: TargetOptions): Readonly<Record<string, unknown>> {
  const namespace = target.replace(scheme, "").replace(/\/$/, "");
  return {
    type: "cdi",
    namespace: namespace === "" ? undefined : namespace,
    context: options.cdiContext,
    kubeconfig: options.cdiKubeconfig,
    uploadProxy: options.cdiUploadProxy,
    uploadProxyCaFile: options.cdiUploadProxyCaFile,
    storageClass: options.cdiStorageClass,
  };
}

/** Options for CDI where no target is one. */
function cdiProblems(options: TargetOptions): InputProblem[] {
  const { cdiContext, cdiKubeconfig, cdiUploadProxy, cdiUploadProxyCaFile } = options;
  const given =
    cdiContext ??
    cdiKubeconfig ??
    cdiUploadProxy ??
    cdiUploadProxyCaFile ??
    options.cdiStorageClass;
  return given === undefined || (options.to ?? []).some(isCdi)
    ? []
    : [{ path: "--to", reason: "names no cdi://namespace, which the --cdi options belong to" }];
}

const ociScheme = "oci://";

/**
 * `s3://bucket/prefix`, `https://host/folder`, `oci://host/repository`, `vsphere://server/...`, `cdi://namespace` or a
 * folder. A folder's path is made absolute: it is a part of the target's identity, and the same folder must be the same
 * target from wherever the command is run.
 */
export function targetInput(
  options: TargetOptions,
  headers: readonly string[],
): readonly Readonly<Record<string, unknown>>[] {
  return (options.to ?? [defaultTarget]).map((target) => {
    if (isWebAddress(target)) return { type: "http", url: target, headers: headersInput(headers) };
    if (isRepository(target)) {
      return {
        type: "oci",
        repository: target.slice(ociScheme.length),
        tag: options.ociTag,
        plainHttp: options.ociPlainHttp,
      };
    }
    if (isVsphere(target)) return vsphereInput(target, options);
    if (isCdi(target)) return cdiInput(target, options);
    const s3 = /^s3:\/\/([^/]*)\/?(.*)$/.exec(target);
    if (s3 === null) return { type: "directory", path: resolve(target) };
    return {
      type: "s3",
      bucket: s3[1],
      prefix: s3[2],
      endpoint: options.s3Endpoint,
      region: options.s3Region,
      profile: options.s3Profile,
      pathStyle: options.s3PathStyle,
    };
  });
}

/** Options of a kind of target where no target is of that kind. */
export function targetOptionProblems(options: TargetOptions): InputProblem[] {
  const { to = [], s3Endpoint, s3Region, s3Profile, s3PathStyle, ociTag, ociPlainHttp } = options;
  const s3 = s3Endpoint ?? s3Region ?? s3Profile ?? s3PathStyle;
  const oci = ociTag ?? ociPlainHttp;
  return [
    ...(s3 !== undefined && !to.some((target) => target.startsWith("s3://"))
      ? [{ path: "--to", reason: "names no s3://bucket/prefix, which the --s3 options belong to" }]
      : []),
    ...(oci !== undefined && !to.some(isRepository)
      ? [
          {
            path: "--to",
            reason: "names no oci://host/repository, which the --oci options belong to",
          },
        ]
      : []),
    ...vsphereProblems(options),
    ...cdiProblems(options),
    ...targetHeaderProblems(options),
  ];
}

/** Headers for targets of the web where none is named. */
function targetHeaderProblems({ to = [], toHeader }: TargetOptions): InputProblem[] {
  return toHeader !== undefined && !to.some(isWebAddress)
    ? [{ path: "--to", reason: "names no https://host/folder, which --to-header belongs to" }]
    : [];
}

function isRepository(text: string): boolean {
  return text.startsWith(ociScheme);
}

/** Whether it is a URL of the web, and not a path. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
