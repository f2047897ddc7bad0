import { z } from "zod";
import type { ArtifactFormat, FormatName } from "../names";
import { httpUrl, text } from "../primitives";
import { sizeSchema } from "../../base/size";

/** Formats that CDI imports as the same disk. It detects the format by the first bytes. */
const importedFormats = ["qcow2", "raw", "vmdk", "iso"] as const satisfies readonly FormatName[];
/** Compressed for the upload, and supported by every version of CDI. */
const defaultFormat: FormatName = "qcow2";

/** Why CDI cannot import the other formats. */
const unsupported: Readonly<Partial<Record<FormatName, string>>> = {
  vhd: "it has no header, so CDI would import it as a raw disk with 512 bytes too many",
  ova: "CDI does not unpack tar files",
  gce: "CDI does not unpack tar files",
  containerdisk: "CDI pulls containerDisks from a registry only",
};

const label = z
  .string()
  .regex(
    /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a DNS label: up to 63 lower-case letters, digits and hyphens",
  );

export const cdiTarget = z.strictObject({
  type: z.literal("cdi"),
  /** Namespace of the DataVolumes. Default: that of the context, else `default`. */
  namespace: label.optional(),
  /** Context of the kubeconfig. Default: its current context. */
  context: text.optional(),
  /**
   * File with the kubeconfig. A relative path resolves like that of a directory target. Default: as for kubectl,
   * KUBECONFIG, `~/.kube/config`, or the service account of the pod.
   */
  kubeconfig: text
    .refine(
      (value) => !/[\n{]/.test(value),
      "must be a path, not the content; write the content to a file with mode 0600",
    )
    .optional(),
  /** Address of the upload proxy. Default: that of CDI's configuration in the cluster. */
  uploadProxy: httpUrl
    .refine((value) => !/[?#@]/.test(value), "holds a user, query or fragment; remove it")
    .transform((value) => value.replace(/\/+$/, "").replace(/\/v1beta1\/upload$/, ""))
    .optional(),
  /** PEM file with the CA of the upload proxy's certificate, in addition to the system's CAs. */
  uploadProxyCaFile: text.optional(),
  /** Default: the cluster's default storage class. */
  storageClass: text.optional(),
  /** Default: CDI's storage profile of the storage class. */
  accessModes: z
    .array(z.enum(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]))
    .min(1)
    .optional(),
  /** Default: CDI's storage profile of the storage class. */
  volumeMode: z.enum(["Filesystem", "Block"]).optional(),
  /** Size of the volume. Default and minimum: the size of the disk. CDI adds the overhead of a file system. */
  size: sizeSchema.optional(),
  /** Default: `qcow2`. */
  formats: z
    .array(z.enum(importedFormats, { error: formatProblem }))
    .min(1)
    .optional(),
});
export type CdiTargetSpec = z.infer<typeof cdiTarget>;

function formatProblem({ input }: { readonly input?: unknown }): string {
  const [name, why] = Object.entries(unsupported).find(([format]) => format === input) ?? [];
  const named = name === undefined ? "" : `names "${name}", which CDI cannot import: ${why}; `;
  return `${named}CDI accepts ${importedFormats.map((it) => `"${it}"`).join(", ")} by upload; publish others to another target`;
}

/** Whether a format is published to a target that lists no formats. */
export function cdiAccepts(format: ArtifactFormat): boolean {
  // A seed is a CD, which becomes a volume like any disk.
  return format === defaultFormat || format === "seed";
}
