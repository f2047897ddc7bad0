import type { InputProblem } from "../../base/errors";
import { isJsonMap, type JsonMap } from "../../base/json";
import type { PaletteSpec } from "../../schema/palette";
import type { Part, PartInput } from "./part";
import { readPlainData } from "./plain-data";

/** `palette` as the `stylus` block of Palette's installer reference. */
export function palettePart({ palette, reader, defaults }: PartInput): Part {
  if (palette === undefined) return { document: {}, problems: [], warnings: [] };
  // For a site, off is not the default: it overrides the image.
  const isWritten = reader === "site" || defaults === "write defaults";
  return {
    document: { stylus: stylusBlock(isWritten ? palette : withoutOff(palette)) },
    problems: paletteProblems(palette),
    warnings: [],
  };
}

/** Off is the installer's default: leaving it out keeps the image of a user who spells it out. */
function withoutOff({ debug, insecureSkipVerify, ...palette }: PaletteSpec): PaletteSpec {
  return {
    ...palette,
    ...(debug === true && { debug }),
    ...(insecureSkipVerify === true && { insecureSkipVerify }),
  };
}

function stylusBlock(palette: PaletteSpec): JsonMap {
  const { value } = readPlainData(
    {
      debug: palette.debug,
      // `central` is the installer's default; leaving it out keeps the user's own value.
      managementMode: palette.managementMode === "local" ? "local" : undefined,
      site: {
        paletteEndpoint:
          palette.endpoint === undefined ? undefined : endpointHost(palette.endpoint),
        edgeHostToken: palette.edgeHostToken,
        registrationURL: palette.registrationUrl,
        name: palette.name,
        hostName: palette.hostName,
        projectName: palette.projectName,
        projectUid: palette.projectUid,
        tags: filled(palette.tags),
        caCerts: filled(palette.caCerts),
        insecureSkipVerify: palette.insecureSkipVerify,
        network: filled({
          httpProxy: palette.httpProxy,
          httpsProxy: palette.httpsProxy,
          noProxy: palette.noProxy,
          nameserver: palette.nameserver,
          interfaces: filled(palette.interfaces),
        }),
      },
    },
    "palette",
  );
  return isJsonMap(value) ? value : {};
}

/** The value, or undefined if every member is undefined. */
function filled<T extends object>(value: T | undefined): T | undefined {
  return Object.values(value ?? {}).some((member) => member !== undefined) ? value : undefined;
}

// Palette's reference writes the host only: `paletteEndpoint: api.spectrocloud.com`.
function endpointHost(endpoint: string): string {
  return endpoint
    .trim()
    .replace(/^https:\/\//i, "")
    .replace(/(?<!\/)\/+$/, "");
}

function isHost(text: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?$/i.test(text);
}

function paletteProblems({ endpoint, caCerts = [] }: PaletteSpec): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  if (endpoint !== undefined && !isHost(endpointHost(endpoint))) {
    const reason =
      "must be the host that serves Palette over https, such as api.spectrocloud.com, without a path";
    problems.push({ path: "palette.endpoint", reason });
  }
  caCerts.forEach((certificate, index) => {
    const reason = certificateProblem(certificate);
    if (reason !== undefined) problems.push({ path: `palette.caCerts[${index}]`, reason });
  });
  return problems;
}

// Palette's documentation says base64, its examples show PEM; both are passed on unchanged.
function certificateProblem(text: string): string | undefined {
  const decoded = /^[A-Za-z\d+/=\s]+$/.test(text)
    ? Buffer.from(text, "base64").toString("latin1")
    : "";
  if (/PRIVATE KEY-----/.test(text + decoded)) {
    return "holds a private key, which must not be in an image; give only the certificate";
  }
  const isPem = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/.test(text + decoded);
  // A certificate in DER begins with a sequence of two length bytes.
  const isDer = decoded.startsWith("0\x82");
  return isPem || isDer ? undefined : "must be a CA certificate as PEM, or PEM or DER in base64";
}
