import { ownUsersPart } from "./own-users";
import { joinFindings, type Part, type UserDataInput } from "./part";
import { permissionsPart } from "./permissions";
import { parseUserData } from "./read";

/** The user's own cloud-config as data, with its passwords hashed and its file modes in the form that yip reads. */
export function ownPart({ userData = {} }: Pick<UserDataInput, "userData">): Part {
  const parsed = { ...parseUserData(userData), warnings: [] };
  const users = ownUsersPart(parsed.document);
  const permissions = permissionsPart(users.document);
  return { document: permissions.document, ...joinFindings([parsed, users, permissions]) };
}
