import type { InputProblem } from "../../base/errors";
import type { TargetOptions } from "../options/target";

const scheme = /^cdi:\/\//i;

export function isCdi(target: string): boolean {
  return scheme.test(target);
}

/** `cdi://namespace`, or `cdi://` for the namespace of the context. What is neither is left for the schema to refuse. */
export function cdiInput(
  target: string,
  options: TargetOptions,
): Readonly<Record<string, unknown>> {
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
export function cdiProblems(options: TargetOptions): InputProblem[] {
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
