import { base64Of, requireCloudConfig } from "./cloud-config";
import { refused } from "./refused";

const userDataKey = "guestinfo.userdata";
const encodingKey = `${userDataKey}.encoding`;

export interface GuestOptions {
  /**
   * Cloud-config of the site, which reaches the guest as `guestinfo.userdata` in base64. It is read once: Kairos copies
   * it to `/oem/95_userdata` at the first boot on site, and never again.
   */
  readonly userData?: string | undefined;
  /**
   * Advanced settings of the machine. A `guestinfo.userdata` without its encoding is written in base64, and said to be
   * so: the reader in the guest fails where none is named.
   */
  readonly extraConfig?: Readonly<Record<string, string>> | undefined;
}

/** The machine's advanced settings, or undefined where there are none. */
export function guestSettings({
  userData,
  extraConfig = {},
}: GuestOptions): Record<string, string> | undefined {
  if (userData !== undefined) {
    if (extraConfig[userDataKey] !== undefined) {
      throw refused({
        what: `Both \`userData\` and \`extraConfig["${userDataKey}"]\` are given.`,
        next: "Give one of them.",
      });
    }
    return { ...extraConfig, ...inBase64(requireCloudConfig("userData", userData)) };
  }
  const plain = extraConfig[userDataKey];
  const isBare = plain !== undefined && extraConfig[encodingKey] === undefined;
  const settings = { ...extraConfig, ...(isBare && inBase64(plain)) };
  return Object.keys(settings).length === 0 ? undefined : settings;
}

function inBase64(text: string): Record<string, string> {
  return { [userDataKey]: base64Of(text), [encodingKey]: "base64" };
}
