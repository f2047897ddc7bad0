import * as pulumi from "@pulumi/pulumi";
import { base64Of, requireCloudConfig } from "./cloud-config";
import { isPlain, plainOutput, type Inputs } from "./deep-inputs";
import { requireLabel } from "./names";
import { inputError } from "./input-error";

/** User-data and network configuration of a site. Exactly one of `userData` and `secretRef` is required. */
export interface SiteData {
  /** Name of the volume, and of its disk in `domain.devices.disks`. Default: `cidata`. */
  readonly name?: string | undefined;
  /** Cloud-config of the site, at most 2048 bytes. It is readable in the VirtualMachine. */
  readonly userData?: string | undefined;
  /** Name of a Secret with the cloud-config under the key `userdata`; any length. */
  readonly secretRef?: string | undefined;
  /** Network configuration, at most 2048 bytes. Default: none. */
  readonly networkData?: string | undefined;
  /** Name of a Secret with the network configuration under the key `networkdata`; not together with `networkData`. */
  readonly networkDataSecretRef?: string | undefined;
  /** Encoding of the texts in the VirtualMachine; `base64` protects them from tools that alter text. Default: `text`. */
  readonly encoding?: "text" | "base64" | undefined;
}

/** An item of `spec.template.spec.volumes` of a VirtualMachine. */
export interface CloudInitNoCloudVolume {
  name: string;
  cloudInitNoCloud: {
    userData?: string;
    userDataBase64?: string;
    secretRef?: { name: string };
    networkData?: string;
    networkDataBase64?: string;
    networkDataSecretRef?: { name: string };
  };
}

/**
 * Returns a KubeVirt volume with the site data of an installed machine. Kairos copies the user-data to `/oem/95_userdata`
 * at the first boot on site and ignores later changes.
 *
 * ```ts
 * domain: { devices: { disks: [root, { name: "cidata", disk: { bus: "virtio" } }] }, ... },
 * volumes: [containerDiskVolume(image, { name: "root" }), cloudInitNoCloud({ secretRef: "site-17" })],
 * ```
 *
 * If a value is an output, it returns an output, which is secret with `userData` or `networkData`. Throws if the user-data
 * does not begin with `#cloud-config`, or if a text exceeds KubeVirt's limit.
 */
export function cloudInitNoCloud(data: SiteData): CloudInitNoCloudVolume;
export function cloudInitNoCloud(data: Inputs<SiteData>): pulumi.Output<CloudInitNoCloudVolume>;
export function cloudInitNoCloud(
  data: SiteData | Inputs<SiteData>,
): CloudInitNoCloudVolume | pulumi.Output<CloudInitNoCloudVolume> {
  if (isPlain<SiteData>(data)) return volumeOf(data);
  const volume = plainOutput<SiteData>({ ...data }).apply(volumeOf);
  const hasTexts = data.userData !== undefined || data.networkData !== undefined;
  return hasTexts ? pulumi.secret(volume) : volume;
}

function volumeOf(data: SiteData): CloudInitNoCloudVolume {
  const { name = "cidata", userData, secretRef, networkData, networkDataSecretRef } = data;
  if ((userData === undefined) === (secretRef === undefined)) {
    throw inputError({
      what: "Site data requires exactly one of `userData` and `secretRef`.",
      why: userData === undefined ? "Neither is given." : "Both are given.",
      next: "Set one: the cloud-config, or the name of a Secret that has it under `userdata`.",
    });
  }
  if (networkData !== undefined && networkDataSecretRef !== undefined) {
    throw inputError({
      what: "Both `networkData` and `networkDataSecretRef` are given.",
      next: "Set one of them.",
    });
  }
  if (userData !== undefined) requireCloudConfig("userData", userData);
  return {
    name: requireLabel("name", name),
    cloudInitNoCloud: {
      ...inline("userData", userData, data),
      ...(secretRef !== undefined && { secretRef: { name: secretRef } }),
      ...inline("networkData", networkData, data),
      ...(networkDataSecretRef !== undefined && {
        networkDataSecretRef: { name: networkDataSecretRef },
      }),
    },
  };
}

/** The limit of KubeVirt's API for each text. */
const maxBytes = 2048;

function inline(
  field: "userData" | "networkData",
  text: string | undefined,
  { encoding }: SiteData,
): CloudInitNoCloudVolume["cloudInitNoCloud"] {
  if (text === undefined) return {};
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    const secret = field === "userData" ? "secretRef" : "networkDataSecretRef";
    throw inputError({
      what: `\`${field}\` has ${bytes} bytes; KubeVirt accepts at most ${maxBytes} in a VirtualMachine.`,
      next: `Store it in a Secret under \`${field.toLowerCase()}\`, and set \`${secret}\` to the name of the Secret.`,
    });
  }
  return encoding === "base64"
    ? { [`${field}Base64` as const]: base64Of(text) }
    : { [field]: text };
}
