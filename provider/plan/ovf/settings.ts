import { StylusError } from "../../base/errors";
import { unfitForXml } from "../../base/xml";
import type { FormatSpec } from "../../schema/formats";

const userData = "guestinfo.userdata";
const encoding = "guestinfo.userdata.encoding";

/**
 * A virtual machine's advanced settings as they stand in the OVF, sorted by key. `guestinfo.userdata`
 * without `guestinfo.userdata.encoding` is taken for plain text, written in base64, and given that
 * encoding: the reader in the guest (yip) fails where none is named. With an encoding both are
 * written as they are.
 */
export function advancedSettings(
  extraConfig: Readonly<Record<string, string>>,
): readonly (readonly [key: string, value: string])[] {
  const plain = extraConfig[userData];
  const settings =
    plain === undefined || extraConfig[encoding] !== undefined
      ? extraConfig
      : {
          ...extraConfig,
          [userData]: Buffer.from(plain, "utf8").toString("base64"),
          [encoding]: "base64",
        };
  const sorted = Object.entries(settings).sort(([one], [other]) => (one < other ? -1 : 1));
  sorted.forEach(refuseUnwritable);
  return sorted;
}

/** The value may be a secret, so only the key is named. */
function refuseUnwritable([key, value]: readonly [string, string]): void {
  const character = unfitForXml(key) ?? unfitForXml(value);
  if (character === undefined) return;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  throw new StylusError("input.invalid", {
    what: `The advanced setting ${JSON.stringify(key)} of the OVA holds the character U+${code}.`,
    why: "An OVF is XML, which cannot carry it.",
    next: "Remove the character from `extraConfig`, or encode the value, such as in base64.",
  });
}

type ExtraConfig = Readonly<Record<string, string>>;

/** Settings that a guest reads: a cloud-config with its tokens, as a rule. The names of encodings say nothing. */
function isConfidential(name: string): boolean {
  return name.startsWith("guestinfo.") && !name.endsWith(".encoding");
}

/** What of an OVA's advanced settings must never be said aloud, though whoever has the OVA can read it. */
export function confidentialSettings(formats: readonly FormatSpec[]): string[] {
  return formats.flatMap((format) =>
    format.type === "ova"
      ? Object.entries(format.extraConfig).flatMap(([name, value]) =>
          isConfidential(name) ? [value] : [],
        )
      : [],
  );
}

/** The same format, to be shown. */
export function maskSettings(format: FormatSpec): FormatSpec {
  if (format.type !== "ova") return format;
  const masked: ExtraConfig = Object.fromEntries(
    Object.entries(format.extraConfig).map(([name, value]) => [
      name,
      isConfidential(name) ? "<secret>" : value,
    ]),
  );
  return { ...format, extraConfig: masked };
}
