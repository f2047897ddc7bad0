import { StylusError } from "../../base/errors";
import { unfitForXml } from "../../base/xml";
import type { FormatSpec } from "../../schema/formats";

const userData = "guestinfo.userdata";
const encoding = "guestinfo.userdata.encoding";

/**
 * The advanced settings of a virtual machine as written to the OVF, sorted by key. `guestinfo.userdata` without
 * `guestinfo.userdata.encoding` is plain text: it is written as base64, with that encoding, because the reader in the
 * guest (yip) fails without an encoding. If an encoding is given, both are written unchanged.
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
  sorted.forEach(requireXmlText);
  return sorted;
}

/** The error names the key only, because the value may be a secret. */
function requireXmlText([key, value]: readonly [string, string]): void {
  const character = unfitForXml(key) ?? unfitForXml(value);
  if (character === undefined) return;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  throw new StylusError("input.invalid", {
    what: `The advanced setting ${JSON.stringify(key)} of the OVA contains the character U+${code}.`,
    why: "An OVF is XML, which cannot contain this character.",
    next: "Remove the character from `extraConfig`, or encode the value, for example in base64.",
  });
}

type ExtraConfig = Readonly<Record<string, string>>;

/**
 * A guest reads any setting, usually a cloud-config with tokens. The name of an encoding, a number and a truth value are not
 * confidential.
 */
function isConfidential(name: string, value: string): boolean {
  return !name.endsWith(".encoding") && !/^(?:true|false|\d{1,5}|)$/i.test(value);
}

/** Values of advanced settings that must not appear in logs and reports, although everyone with the OVA can read them. */
export function confidentialSettings(formats: readonly FormatSpec[]): string[] {
  return formats.flatMap((format) =>
    format.type === "ova"
      ? Object.entries(format.extraConfig).flatMap(([name, value]) =>
          isConfidential(name, value) ? [value] : [],
        )
      : [],
  );
}

/** The format with masked values, to be shown. */
export function maskSettings(format: FormatSpec): FormatSpec {
  if (format.type !== "ova") return format;
  const masked: ExtraConfig = Object.fromEntries(
    Object.entries(format.extraConfig).map(([name, value]) => [
      name,
      isConfidential(name, value) ? "<secret>" : value,
    ]),
  );
  return { ...format, extraConfig: masked };
}
