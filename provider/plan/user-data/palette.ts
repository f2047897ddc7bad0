import type { InputProblem } from "../../base/errors";
import type { PaletteSpec } from "../../schema/palette";
import { isJsonMap, type Json, type JsonMap } from "../../base/json";
import { readPlainData } from "./plain-data";

const maps = (value: Json | undefined): JsonMap => (isJsonMap(value) ? value : {});

/** The `stylus` block in the words of Palette's installer reference. */
export function stylusBlock(palette: PaletteSpec): JsonMap {
  const { value } = readPlainData(
    {
      debug: palette.debug,
      // `central` is the installer's default; unsaid, it leaves the user's own word alone.
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
  return maps(value);
}

function filled<T extends object>(value: T | undefined): T | undefined {
  return Object.values(value ?? {}).some((member) => member !== undefined) ? value : undefined;
}

// The reference writes the host alone: `paletteEndpoint: api.spectrocloud.com`.
function endpointHost(endpoint: string): string {
  return endpoint
    .trim()
    .replace(/^https:\/\//i, "")
    .replace(/\/+$/, "");
}

function isHost(text: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?$/i.test(text);
}

export function paletteProblems(palette: PaletteSpec): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  const { endpoint } = palette;
  if (endpoint !== undefined && !isHost(endpointHost(endpoint))) {
    const reason =
      "must be the host that serves Palette over https, such as api.spectrocloud.com, without a path";
    problems.push({ path: "palette.endpoint", reason });
  }
  palette.caCerts?.forEach((certificate, index) => {
    const reason = certificateFault(certificate);
    if (reason !== undefined) problems.push({ path: `palette.caCerts[${index}]`, reason });
  });
  return problems;
}

// Palette's documentation says base64, its examples show PEM; both are passed on as they are.
function certificateFault(text: string): string | undefined {
  const decoded = /^[A-Za-z\d+/=\s]+$/.test(text)
    ? Buffer.from(text, "base64").toString("latin1")
    : "";
  if (/PRIVATE KEY-----/.test(text + decoded)) {
    return "holds a private key, which does not belong into an image; give the certificate alone";
  }
  // A certificate in DER begins with a sequence of two length bytes.
  if (
    /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/.test(text + decoded) ||
    decoded.startsWith("0\x82")
  ) {
    return undefined;
  }
  return "must be a CA certificate in PEM, or that in base64";
}

interface SiteContext {
  readonly hasPalette: boolean;
  readonly registersOnSite: boolean;
  readonly singleHost: boolean;
}

/** What the merged `stylus` block must not or should not say in an image that many machines are made from. */
export function siteProblems(document: JsonMap, context: SiteContext): readonly InputProblem[] {
  const stylus = maps(document.stylus);
  const site = maps(stylus.site);
  const problems: InputProblem[] = [];
  const central = (stylus.managementMode ?? "central") === "central";
  if (
    isJsonMap(stylus.site) &&
    central &&
    !context.registersOnSite &&
    !isSet(site.edgeHostToken) &&
    !isSet(site.registrationURL)
  ) {
    const [path, url] = context.hasPalette
      ? ["palette.edgeHostToken", "`palette.registrationUrl`"]
      : ["userData.stylus.site.edgeHostToken", "`userData.stylus.site.registrationURL`"];
    const reason = `is missing: a centrally managed host registers with this token, or by ${url}; give one of them, or say \`registration: "site"\` in \`palette\` and give them to a \`SiteSeed\``;
    problems.push({ path, reason });
  }
  // `$random` draws a name on each host.
  if (isSet(site.name) && site.name !== "$random" && !context.singleHost) {
    const reason =
      "gives every machine of this image the same Edge host ID; remove it, or set `singleHost: true` for an image of one host";
    problems.push({ path: "userData.stylus.site.name", reason });
  }
  return problems;
}

export function siteWarnings(document: JsonMap, context: SiteContext): readonly string[] {
  const warnings: string[] = [];
  if (!isJsonMap(document.stylus)) return warnings;
  const site = maps(document.stylus.site);
  const hostName = typeof site.hostName === "string" ? site.hostName : "";
  if (!isJsonMap(document.stylus.site) && document.stylus.managementMode !== "local") {
    warnings.push(
      "Hosts of this image cannot register by themselves, because stylus.site is not given; each needs site user-data at its first boot.",
    );
  }
  if (maps(site.network).interfaces !== undefined) {
    warnings.push(
      "stylus.site.network.interfaces names network interfaces; their names follow the machine and can differ from one host to the next.",
    );
  }
  if (hostName !== "" && !hostName.includes("{{") && !context.singleHost) {
    warnings.push(
      "stylus.site.hostName gives every machine of this image the same host name; two of them cannot join one cluster.",
    );
  }
  return warnings;
}

function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}
