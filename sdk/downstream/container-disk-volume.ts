import type * as pulumi from "@pulumi/pulumi";
import type { Place } from "../outputs";
import { choosePlace, kindOf, type Obstacle, type Reader } from "./choose-place";
import { imageOf } from "./data-volume-source";
import type { Inputs } from "./deep-inputs";
import { derive, type Derivation, type ImageData, type ImageSource } from "./image-source";
import { requireLabel } from "./names";
import { present } from "./present";

export interface ContainerDiskVolumeOptions {
  /** What the disk in `domain.devices.disks` is called, too. Default `containerdisk`. */
  readonly name?: string | undefined;
  /** Registry to take it from, as `artifacts[].target` names it. Default: the first. */
  readonly target?: string | undefined;
  /** Secret of type `kubernetes.io/dockerconfigjson` in the machine's namespace. */
  readonly imagePullSecret?: string | undefined;
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
 * A containerdisk as a volume of a VirtualMachine, by its digest. What the machine writes to it is gone when the
 * machine stops; for a machine that keeps its state import it: `dataVolumeTemplate(image, { format: "containerdisk" })`.
 *
 * ```ts
 * domain: { devices: { disks: [{ name: "root", disk: { bus: "virtio" } }] }, ... },
 * volumes: [containerDiskVolume(image, { name: "root" })],
 * ```
 *
 * Throws where the image has no containerdisk in a registry.
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
    containerDisk: { image: imageOf(artifact), ...present({ imagePullSecret, imagePullPolicy }) },
  }),
};

const kubelet: Reader = {
  name: "a node of the cluster",
  formats: ["containerdisk"],
  obstacle: (place: Place): Obstacle | undefined =>
    kindOf(place) === "oci"
      ? undefined
      : {
          why: "It is a tar file there, and nodes pull images from registries only.",
          next: "Publish it to an `oci` target.",
        },
};
