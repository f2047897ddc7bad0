import type { FormatSpec } from "../../schema/formats";

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
