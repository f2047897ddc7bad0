import { z } from "zod";
import type { ArtifactFormat, FormatName } from "../names";
import { httpUrl, text } from "../primitives";
import { sizeSchema } from "../../base/size";

/** What CDI makes the same disk of; which it is, it tells by the first bytes. */
const importedFormats = ["qcow2", "raw", "vmdk", "iso"] as const satisfies readonly FormatName[];
/** Small on the way, and read by every CDI that there is. */
const defaultFormat: FormatName = "qcow2";

/** Why the others become no disk there, or a wrong one. */
const refusals: Readonly<Partial<Record<FormatName, string>>> = {
  vhd: "it has no header, so CDI takes it for a raw disk with 512 bytes too many",
  ova: "CDI unpacks no tar file",
  gce: "CDI unpacks no tar file",
  containerdisk: "CDI pulls one from a registry, and takes none by upload",
};

const label = z
  .string()
  .regex(
    /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a DNS label: up to 63 lower-case letters, digits and hyphens",
  );

export const cdiTarget = z.strictObject({
  type: z.literal("cdi"),
  /** Namespace of the DataVolumes; default that of the context, else `default`. */
  namespace: label.optional(),
  /** Context of the kubeconfig; default its current one. */
  context: text.optional(),
  /**
   * File with the kubeconfig, a relative path as that of a directory; default as kubectl finds it: KUBECONFIG,
   * `~/.kube/config`, the service account of the pod.
   */
  kubeconfig: text
    .refine(
      (value) => !/[\n{]/.test(value),
      "must be a path; write what is in it to a file with mode 0600",
    )
    .optional(),
  /** Address of the upload proxy; default the one that CDI's configuration in the cluster tells. */
  uploadProxy: httpUrl
    .refine((value) => !/[?#@]/.test(value), "holds a user, query or fragment, and needs none")
    .transform((value) => value.replace(/\/+$/, "").replace(/\/v1beta1\/upload$/, ""))
    .optional(),
  /** PEM file with the CA of the upload proxy's certificate, besides the usual ones. */
  uploadProxyCaFile: text.optional(),
  /** Default that of the cluster. */
  storageClass: text.optional(),
  /** Default what CDI knows of the storage class. */
  accessModes: z
    .array(z.enum(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]))
    .min(1)
    .optional(),
  /** Default what CDI knows of the storage class. */
  volumeMode: z.enum(["Filesystem", "Block"]).optional(),
  /** Of the volume; default, and least, that of the disk. What a file system takes besides, CDI adds itself. */
  size: sizeSchema.optional(),
  /** Default `qcow2`. */
  formats: z
    .array(z.enum(importedFormats, { error: refusal }))
    .min(1)
    .optional(),
});
export type CdiTargetSpec = z.infer<typeof cdiTarget>;

function refusal({ input }: { readonly input?: unknown }): string {
  const [name, why] = Object.entries(refusals).find(([format]) => format === input) ?? [];
  const named = name === undefined ? "" : `"${name}" is of no use there: ${why}; `;
  return `${named}CDI takes ${importedFormats.map((it) => `"${it}"`).join(", ")} by upload; publish others to another target`;
}

/** Whether an artifact goes there where the target names no formats. */
export function cdiAccepts(format: ArtifactFormat): boolean {
  // A seed is a CD, and as such a volume like any other.
  return format === defaultFormat || format === "seed";
}

/** The part of the spec that says where things are. */
export type CdiLocation = Pick<CdiTargetSpec, "namespace" | "context" | "kubeconfig">;

/**
 * Identity: `cdi://images`, and what leads to the cluster where that is said: `cdi://images (edge in clusters.yaml)`. A
 * namespace that only the context knows is a dot.
 */
export function cdiTargetId({ namespace = ".", context, kubeconfig }: CdiLocation): string {
  const cluster = [context, kubeconfig].filter((it) => it !== undefined).join(" in ");
  return `cdi://${namespace}${cluster === "" ? "" : ` (${cluster})`}`;
}
