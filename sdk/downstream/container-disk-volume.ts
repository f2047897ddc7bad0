import type * as pulumi from "@pulumi/pulumi";
import type { Place } from "../outputs";
import { choosePlace, kindOf, type Obstacle, type Reader } from "./choose-place";
import { imageOf } from "./data-volume-source";
import type { Inputs } from "./deep-inputs";
import { derive, type Derivation, type ImageData, type ImageSource } from "./image-source";
import { requireLabel } from "./names";
import { definedFields } from "./defined-fields";

/** Options of a containerdisk volume. */
export interface ContainerDiskVolumeOptions {
  /** Name of the volume, and of its disk in `domain.devices.disks`. Default: `containerdisk`. */
  readonly name?: string | undefined;
  /** Target of the artifact, as in `artifacts[].target`. Default: the first registry. */
  readonly target?: string | undefined;
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson` in the namespace of the machine. Default: none. */
  readonly imagePullSecret?: string | undefined;
  /** Default: that of KubeVirt. */
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never" | undefined;
}

/** An item of `spec.template.spec.volumes` of a VirtualMachine. */
export interface ContainerDiskVolume {
  name: string;
  containerDisk: {
    image: string;
    imagePullSecret?: string;
    imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  };
}

/**
 * Returns a volume of a VirtualMachine with a containerdisk, by digest. Changes to the disk are lost when the machine
 * stops; for a persistent disk, import it: `dataVolumeTemplate(image, { format: "containerdisk" })`.
 *
 * ```ts
 * domain: { devices: { disks: [{ name: "root", disk: { bus: "virtio" } }] }, ... },
 * volumes: [containerDiskVolume(image, { name: "root" })],
 * ```
 *
 * Throws if the image has no containerdisk in a registry.
 */
export function containerDiskVolume(
  from: ImageData,
  options?: ContainerDiskVolumeOptions,
): ContainerDiskVolume;
export function containerDiskVolume(
  from: ImageSource,
  options?: Inputs<ContainerDiskVolumeOptions>,
): pulumi.Output<ContainerDiskVolume>;
export function containerDiskVolume(
  from: ImageSource | ImageData,
  options: Inputs<ContainerDiskVolumeOptions> = {},
): ContainerDiskVolume | pulumi.Output<ContainerDiskVolume> {
  return derive(from, options, derivation);
}

const derivation: Derivation<ContainerDiskVolumeOptions, ContainerDiskVolume> = {
  choose: ({ target }) => choosePlace(kubelet, { target }),
  make: ({ artifact }, { name = "containerdisk", imagePullSecret, imagePullPolicy }) => ({
    name: requireLabel("name", name),
    containerDisk: {
      image: imageOf(artifact),
      ...definedFields({ imagePullSecret, imagePullPolicy }),
    },
  }),
};

const kubelet: Reader = {
  name: "a node of the cluster",
  formats: ["containerdisk"],
  obstacle: (place: Place): Obstacle | undefined =>
    kindOf(place) === "oci"
      ? undefined
      : {
          why: "It is a tar file there; nodes pull images only from registries.",
          next: "Publish it to an `oci` target.",
        },
};
