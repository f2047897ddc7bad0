import { cloudInitFindings } from "./cloud-init/findings";
import { isTemplate } from "./cloud-init/template";
import { ownUsersPart } from "./own-users";
import { joinFindings, type Findings, type Part, type UserDataInput } from "./part";
import { permissionsPart } from "./permissions";
import { parseUserData } from "./read";
import type { Syntax } from "./read-yaml";

/** The user's own cloud-config as data, with its passwords hashed and its file modes in the form that yip reads. */
export function ownPart({
  userData = {},
  reader,
}: Pick<UserDataInput, "userData" | "reader">): Part {
  const syntax = reader === "generic" ? "cloud-init" : "kairos";
  const parsed = { ...parseUserData(userData, syntax), warnings: lostTemplate(userData, syntax) };
  const users = ownUsersPart(parsed.document);
  const permissions = permissionsPart(users.document);
  const { document } = permissions;
  const rules: Findings = reader === "generic" ? cloudInitFindings(parsed.document) : users;
  return { document, ...joinFindings([parsed, rules, permissions]) };
}

function lostTemplate(userData: string | object, syntax: Syntax): readonly string[] {
  if (syntax === "cloud-init" || !isTemplate(userData)) return [];
  return [
    "userData begins with `## template: jinja`, which only cloud-init reads; a Kairos installer takes its expressions as they are.",
  ];
}
