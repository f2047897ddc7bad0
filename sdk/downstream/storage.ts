import type { ImageFacts } from "../outputs";
import { present } from "./present";
import { bytesOf, quantityOf } from "./quantity";
import { refused } from "./refused";

export type AccessMode = "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod";
export type VolumeMode = "Filesystem" | "Block";

export interface StorageOptions {
  /** Bytes, or text such as `120GiB`. Default, and least, the virtual size of the disk. */
  readonly size?: number | string | undefined;
  /** Default that of the cluster. */
  readonly storageClassName?: string | undefined;
  /** Default what CDI knows of the storage class. */
  readonly accessModes?: readonly AccessMode[] | undefined;
  /** Default what CDI knows of the storage class. */
  readonly volumeMode?: VolumeMode | undefined;
}

/** `spec.storage` of a DataVolume; `spec.pvc` would not add what a file system takes, and the disk would not fit. */
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
    throw refused({
      what: `\`size\` is ${quantityOf(size)}, and the disk has ${quantityOf(virtualSizeBytes)}.`,
      next: "Leave `size` out, or give at least that; a smaller image needs a smaller `machine.diskSize`.",
    });
  }
  const bytes = size ?? virtualSizeBytes;
  if (bytes === undefined) {
    throw refused({
      what: "How large the disk is does not stand in one artifact alone.",
      next: "Give `size`, such as the image's `virtualSizeBytes`, or give the image instead of its artifact.",
    });
  }
  return {
    resources: { requests: { storage: quantityOf(bytes) } },
    ...present({ storageClassName, volumeMode }),
    ...(accessModes !== undefined && { accessModes: [...accessModes] }),
  };
}
