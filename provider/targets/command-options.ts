import { resolve } from "node:path";
import { withoutQuery } from "../plan/make-plan";
import { targetId } from "../schema/targets/identity";
import type { TargetSpec } from "../schema/targets/target";

/** The identity of a target on this machine: that of a folder has its absolute path. */
export function localTargetId(spec: TargetSpec, rootDirectory: string): string {
  return targetId(
    spec.type === "directory" ? { ...spec, path: resolve(rootDirectory, spec.path) } : spec,
  );
}

/** The options of `stylus-image` that name this target, quoted for a shell; without credentials. */
export function commandOptions(spec: TargetSpec, rootDirectory: string): string {
  return wordsOf(spec, rootDirectory)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

function wordsOf(spec: TargetSpec, rootDirectory: string): string[] {
  switch (spec.type) {
    case "directory":
      return ["--to", resolve(rootDirectory, spec.path)];
    case "s3": {
      const { bucket, prefix, endpoint, region, profile, pathStyle } = spec;
      const place = `s3://${[bucket, prefix].filter((part) => part !== "").join("/")}`;
      return [
        "--to",
        place,
        ...option("--s3-endpoint", endpoint && addressOf(endpoint)),
        ...option("--s3-region", region),
        ...option("--s3-profile", profile),
        ...(pathStyle === true ? ["--s3-path-style"] : []),
      ];
    }
    case "cdi": {
      const { namespace = "", context, kubeconfig } = spec;
      return [
        "--to",
        `cdi://${namespace}`,
        ...option("--cdi-context", context),
        ...option("--cdi-kubeconfig", kubeconfig),
      ];
    }
    case "http":
    case "oci":
    case "vsphere":
      return ["--to", targetId(spec)];
  }
}

/** The endpoint without user, password and query, which may be credentials. */
function addressOf(endpoint: string): string {
  return withoutQuery(endpoint).replace(/\/+$/, "");
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
