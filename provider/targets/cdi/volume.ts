import { z } from "zod";
import type { CdiTargetSpec } from "../../schema/targets/cdi";
import type { Json } from "../../base/json";
import { GiB, MiB } from "../../base/size";
import type { VolumeAddress } from "./address";
import type { LocalArtifact } from "../local-artifact";

/** The fields of a DataVolume that are used. */
export const volumeSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    deletionTimestamp: z.string().nullish(),
    annotations: z
      .record(z.string(), z.string())
      .nullish()
      .transform((found) => found ?? {}),
  }),
  spec: z.object({ storage: z.record(z.string(), z.json()).default({}) }),
  status: z
    .object({
      phase: z.string().nullish(),
      conditions: z
        .array(z.object({ type: z.string(), message: z.string().nullish() }))
        .nullish()
        .transform((found) => found ?? []),
    })
    .nullish()
    .transform((status) => status ?? { phase: undefined, conditions: [] }),
});
export type Volume = z.infer<typeof volumeSchema>;

/** The fields of its PersistentVolumeClaim that are used. */
export const claimSchema = z.object({
  metadata: z.object({
    uid: z.string(),
    deletionTimestamp: z.string().nullish(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), uid: z.string() }))
      .nullish()
      .transform((owners) => owners ?? []),
  }),
  status: z.object({ phase: z.string().nullish() }).nullish(),
});
export type Claim = z.infer<typeof claimSchema>;

/** The annotations of a DataVolume of ours: the artifact that it is for. */
export interface VolumeMarker {
  readonly artifactKey: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

const markerPrefix = "pulumi-stylus-image/";
const managedBy = "app.kubernetes.io/managed-by";

export function markerOf({ metadata: { annotations } }: Volume): VolumeMarker | undefined {
  const artifactKey = annotations[`${markerPrefix}artifact-key`];
  const sha256 = annotations[`${markerPrefix}sha256`];
  const sizeBytes = Number(annotations[`${markerPrefix}size-bytes`]);
  if (artifactKey === undefined || sha256 === undefined || Number.isNaN(sizeBytes))
    return undefined;
  return { artifactKey, sha256, sizeBytes };
}

/** A DataVolume, to be created. */
export interface VolumeManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: { readonly source: object; readonly storage: Readonly<Record<string, Json>> };
}

/** The manifest of a DataVolume to which this artifact will be uploaded. */
export function volumeFor(
  spec: CdiTargetSpec,
  { namespace, name }: VolumeAddress,
  artifact: LocalArtifact & { readonly sha256: string },
): VolumeManifest {
  const { format, artifactKey, sha256, sizeBytes, diskSizeBytes } = artifact;
  const { storageClass, accessModes, volumeMode, size } = spec;
  // `size` is for disks, not for a CD image.
  const bytes = diskSizeBytes === undefined ? sizeBytes : Math.max(size ?? 0, diskSizeBytes);
  return {
    apiVersion: "cdi.kubevirt.io/v1beta1",
    kind: "DataVolume",
    metadata: {
      namespace,
      name,
      labels: { [managedBy]: "pulumi-stylus-image" },
      annotations: {
        [`${markerPrefix}artifact-key`]: artifactKey,
        [`${markerPrefix}sha256`]: sha256,
        [`${markerPrefix}size-bytes`]: String(sizeBytes),
        [`${markerPrefix}format`]: format,
        // Some storage classes would wait for the first pod that uses the volume.
        "cdi.kubevirt.io/storage.bind.immediate.requested": "true",
        // Some versions of CDI remove a DataVolume that has succeeded, and our annotations with it.
        "cdi.kubevirt.io/storage.deleteAfterCompletion": "false",
      },
    },
    spec: {
      source: { upload: {} },
      storage: {
        resources: { requests: { storage: quantityOf(bytes) } },
        ...(storageClass !== undefined && { storageClassName: storageClass }),
        ...(accessModes !== undefined && { accessModes }),
        ...(volumeMode !== undefined && { volumeMode }),
      },
    },
  };
}

/** A size as a Kubernetes quantity, rounded up to whole MiB. */
export function quantityOf(bytes: number): string {
  return bytes % GiB === 0 ? `${bytes / GiB}Gi` : `${Math.ceil(bytes / MiB)}Mi`;
}

/** The conditions of a DataVolume as text, for messages. */
export function conditionsText({ status }: Volume): string {
  const texts = status.conditions.flatMap(({ type, message }) =>
    message === undefined || message === null || message === "" ? [] : [`${type}: ${message}`],
  );
  return texts.join("; ").slice(0, 1000);
}
