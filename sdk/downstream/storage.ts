import type { ImageFacts } from "../outputs";
import { definedFields } from "./defined-fields";
import { bytesOf, quantityOf } from "./quantity";
import { inputError } from "./input-error";

export type AccessMode = "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod";
export type VolumeMode = "Filesystem" | "Block";

/** Storage of a DataVolume. */
export interface StorageOptions {
  /** Size in bytes, or text such as `120GiB`; at least the virtual size of the disk, which is the default. */
  readonly size?: number | string | undefined;
  /** Default: that of the cluster. */
  readonly storageClassName?: string | undefined;
  /** Default: as in CDI's profile of the storage class. */
  readonly accessModes?: readonly AccessMode[] | undefined;
  /** Default: as in CDI's profile of the storage class. */
  readonly volumeMode?: VolumeMode | undefined;
}

/** `spec.storage` of a DataVolume. Unlike `spec.pvc`, it adds the overhead of a file system, without which the disk does not fit. */
export interface StorageSpec {
  resources: { requests: { storage: string } };
  storageClassName?: string;
  accessModes?: AccessMode[];
  volumeMode?: VolumeMode;
}

export function storageOf(
  { storageClassName, accessModes, volumeMode, ...options }: StorageOptions,
  { virtualSizeBytes }: Partial<ImageFacts>,
): StorageSpec {
  const size = options.size === undefined ? undefined : bytesOf("size", options.size);
  if (size !== undefined && virtualSizeBytes !== undefined && size < virtualSizeBytes) {
    throw inputError({
      what: `\`size\` is ${quantityOf(size)}, but the disk has ${quantityOf(virtualSizeBytes)}.`,
      next: "Remove `size` or increase it; a smaller image requires a smaller `machine.diskSize`.",
    });
  }
  const bytes = size ?? virtualSizeBytes;
  if (bytes === undefined) {
    throw inputError({
      what: "A single artifact does not contain the size of the disk.",
      next: "Set `size`, for example to the image's `virtualSizeBytes`, or pass the image instead of the artifact.",
    });
  }
  return {
    resources: { requests: { storage: quantityOf(bytes) } },
    ...definedFields({ storageClassName, volumeMode }),
    ...(accessModes !== undefined && { accessModes: [...accessModes] }),
  };
}
