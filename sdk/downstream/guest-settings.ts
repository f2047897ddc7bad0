import { base64Of, requireCloudConfig } from "./cloud-config";
import { inputError } from "./input-error";

const userDataKey = "guestinfo.userdata";
const encodingKey = `${userDataKey}.encoding`;

/** Guest settings of a virtual machine. */
export interface GuestOptions {
  /**
   * Cloud-config of the site, passed to the guest as base64 in `guestinfo.userdata`. Kairos copies it to
   * `/oem/95_userdata` at the first boot on site and ignores later changes. Default: none.
   */
  readonly userData?: string | undefined;
  /**
   * Advanced settings of the machine. A `guestinfo.userdata` without `guestinfo.userdata.encoding` is encoded as base64,
   * because the guest cannot read it without an encoding. Default: none.
   */
  readonly extraConfig?: Readonly<Record<string, string>> | undefined;
}

/** The machine's advanced settings; undefined if there are none. */
export function guestSettings({
  userData,
  extraConfig = {},
}: GuestOptions): Record<string, string> | undefined {
  if (userData !== undefined) {
    if (extraConfig[userDataKey] !== undefined) {
      throw inputError({
        what: `Both \`userData\` and \`extraConfig["${userDataKey}"]\` are given.`,
        next: "Set one of them.",
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
