import type { InputProblem } from "../../base/errors";
import { isJsonMap, type Json, type JsonMap } from "../../base/json";
import type { Findings, PartInput } from "./part";

/**
 * Rules for the merged `stylus` block of an image, from which many machines are made: each must be able to register
 * with Palette, and none may share its identity with another. A site seed is for one machine and has no such rules.
 */
export function registrationFindings(document: JsonMap, input: PartInput): Findings {
  if (input.reader === "site") return { problems: [], warnings: [] };
  return {
    problems: [...tokenProblems(document, input), ...hostIdProblems(document, input)],
    warnings: registrationWarnings(document, input),
  };
}

function siteOf({ stylus }: JsonMap): JsonMap | undefined {
  return isJsonMap(stylus) && isJsonMap(stylus.site) ? stylus.site : undefined;
}

function tokenProblems(document: JsonMap, { palette }: PartInput): readonly InputProblem[] {
  const site = siteOf(document);
  if (site === undefined || managementMode(document) !== "central") return [];
  if (palette?.registration === "site") return [];
  if (isSet(site.edgeHostToken) || isSet(site.registrationURL)) return [];
  const [path, url] =
    palette !== undefined
      ? ["palette.edgeHostToken", "`palette.registrationUrl`"]
      : ["userData.stylus.site.edgeHostToken", "`userData.stylus.site.registrationURL`"];
  const reason = `is missing: a centrally managed host registers with this token, or by ${url}; give one of them, or set \`registration: "site"\` in \`palette\` and give them to a \`SiteSeed\``;
  return [{ path, reason }];
}

function managementMode({ stylus }: JsonMap): Json {
  return isJsonMap(stylus) ? (stylus.managementMode ?? "central") : "central";
}

function hostIdProblems(document: JsonMap, { singleHost }: PartInput): readonly InputProblem[] {
  const name = siteOf(document)?.name;
  // `$random` makes each host choose its own name.
  if (!isSet(name) || name === "$random" || singleHost) return [];
  const reason =
    "gives every machine of this image the same Edge host ID; remove it, or set `singleHost: true` for an image of one host";
  return [{ path: "userData.stylus.site.name", reason }];
}

function registrationWarnings(document: JsonMap, { singleHost }: PartInput): readonly string[] {
  const { stylus } = document;
  if (!isJsonMap(stylus)) return [];
  const site = siteOf(document);
  const warnings: string[] = [];
  if (site === undefined && stylus.managementMode !== "local") {
    warnings.push(
      "Hosts of this image cannot register by themselves, because stylus.site is not given; each needs site user-data at its first boot.",
    );
  }
  if (isJsonMap(site?.network) && site.network.interfaces !== undefined) {
    warnings.push(
      "stylus.site.network.interfaces names network interfaces; their names depend on the machine and can differ from one host to the next.",
    );
  }
  const hostName = typeof site?.hostName === "string" ? site.hostName : "";
  if (hostName !== "" && !hostName.includes("{{") && !singleHost) {
    warnings.push(
      "stylus.site.hostName gives every machine of this image the same host name; two of them cannot join one cluster.",
    );
  }
  return warnings;
}

function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}
