import * as pulumi from "@pulumi/pulumi";
import { base64Of, requireCloudConfig } from "./cloud-config";
import { isPlain, settled, type Inputs } from "./deep-inputs";
import { requireLabel } from "./names";
import { refused } from "./refused";

export interface SiteData {
  /** Name of the volume, and of its disk in `domain.devices.disks`. Default `cidata`. */
  readonly name?: string | undefined;
  /** Cloud-config of the site, at most 2048 bytes. It stands in the VirtualMachine for everybody to read. */
  readonly userData?: string | undefined;
  /** Secret with the cloud-config under `userdata`, instead of `userData`: of any length, and read by fewer. */
  readonly secretRef?: string | undefined;
  /** Network configuration, at most 2048 bytes. */
  readonly networkData?: string | undefined;
  /** Secret with it under `networkdata`, instead of `networkData`. */
  readonly networkDataSecretRef?: string | undefined;
  /** How the texts stand in the VirtualMachine. Default `text`; `base64` where a tool between mangles text. */
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
 * Data of the site for a machine that is installed already, as KubeVirt's `cidata` volume. The machine reads it once:
 * Kairos copies it to `/oem/95_userdata` at the first boot on site, and never again. What changes later reaches only
 * machines that boot for the first time.
 *
 * ```ts
 * domain: { devices: { disks: [root, { name: "cidata", disk: { bus: "virtio" } }] }, ... },
 * volumes: [containerDiskVolume(image, { name: "root" }), cloudInitNoCloud({ secretRef: "site-17" })],
 * ```
 *
 * In a Pulumi program texts that are outputs make the volume a secret output. Throws where the user-data does not
 * begin with `#cloud-config`, and where a text is longer than KubeVirt takes.
 */
export function cloudInitNoCloud(data: SiteData): CloudInitNoCloudVolume;
export function cloudInitNoCloud(data: Inputs<SiteData>): pulumi.Output<CloudInitNoCloudVolume>;
export function cloudInitNoCloud(
  data: SiteData | Inputs<SiteData>,
): CloudInitNoCloudVolume | pulumi.Output<CloudInitNoCloudVolume> {
  if (isPlain<SiteData>(data)) return volumeOf(data);
  const volume = settled<SiteData>({ ...data }).apply(volumeOf);
  const saysMuch = data.userData !== undefined || data.networkData !== undefined;
  return saysMuch ? pulumi.secret(volume) : volume;
}

function volumeOf(data: SiteData): CloudInitNoCloudVolume {
  const { name = "cidata", userData, secretRef, networkData, networkDataSecretRef } = data;
  if ((userData === undefined) === (secretRef === undefined)) {
    throw refused({
      what: "A machine's site data is one of `userData` and `secretRef`.",
      why: userData === undefined ? "Neither is given." : "Both are given.",
      next: "Give one: the cloud-config itself, or the name of a Secret that has it under `userdata`.",
    });
  }
  if (networkData !== undefined && networkDataSecretRef !== undefined) {
    throw refused({
      what: "Both `networkData` and `networkDataSecretRef` are given.",
      next: "Give one of them.",
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

/** KubeVirt's limit of each text, which its API refuses more than. */
const mostBytes = 2048;

function inline(
  field: "userData" | "networkData",
  text: string | undefined,
  { encoding }: SiteData,
): CloudInitNoCloudVolume["cloudInitNoCloud"] {
  if (text === undefined) return {};
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) {
    const secret = field === "userData" ? "secretRef" : "networkDataSecretRef";
    throw refused({
      what: `\`${field}\` has ${bytes} bytes, and KubeVirt takes ${mostBytes} inside a VirtualMachine.`,
      next: `Put it into a Secret under \`${field.toLowerCase()}\`, and give the Secret's name as \`${secret}\`.`,
    });
  }
  return encoding === "base64"
    ? { [`${field}Base64` as const]: base64Of(text) }
    : { [field]: text };
}
