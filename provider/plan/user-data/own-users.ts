import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { propertyPath } from "./merge";
import type { Part } from "./part";
import { hashOf, passwordProblem } from "./password";
import { isCryptHash } from "./password-hash";

/**
 * The user's own cloud-config with a hash in place of every plain `passwd`. yip would hash these too, with a random
 * salt, but only inside the machine: until then the image would contain the password in plain text.
 */
export function ownUsersPart(own: JsonMap): Part {
  const users = ownUsers(own);
  return {
    document: {
      ...own,
      ...(own.stages === undefined ? {} : { stages: hashStages(own.stages) }),
      ...(own.users === undefined ? {} : { users: hashList(own.users) }),
    },
    problems: users.flatMap(accountProblems),
    warnings: users.filter(hasEmptyPassword).map(emptyPasswordWarning),
  };
}

/** Whether a stage or cloud-init's list creates a user in group `admin`: the same test as kairos-agent's. */
export function hasAdmin(own: JsonMap): boolean {
  return ownUsers(own).some(
    ({ account: { groups, primary_group } }) =>
      (isJsonList(groups) && groups.includes("admin")) || primary_group === "admin",
  );
}

/** A user that the user's own cloud-config creates, and its property path. */
interface OwnUser {
  readonly at: string;
  readonly account: JsonMap;
}

function ownUsers(own: JsonMap): readonly OwnUser[] {
  const stages = isJsonMap(own.stages) ? Object.entries(own.stages) : [];
  const staged = stages.flatMap(([stage, steps]) =>
    (isJsonList(steps) ? steps : []).flatMap((step, index) =>
      isJsonMap(step)
        ? accountsOf(step.users, `${propertyPath("stages", stage)}[${index}].users`)
        : [],
    ),
  );
  return [...staged, ...accountsOf(own.users, "users")];
}

function accountsOf(users: Json | undefined, at: string): readonly OwnUser[] {
  const entries: readonly (readonly [string | number, Json])[] = isJsonList(users)
    ? users.map((user, index) => [index, user])
    : isJsonMap(users)
      ? Object.entries(users)
      : [];
  return entries.flatMap(([key, account]) =>
    isJsonMap(account) ? [{ at: propertyPath(at, key), account }] : [],
  );
}

function accountProblems({ at, account: { passwd } }: OwnUser): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  if (passwd !== undefined && typeof passwd !== "string" && typeof passwd !== "number") {
    problems.push({ path: `userData.${at}.passwd`, reason: "must be text" });
  }
  const reason = isPlainPassword(passwd) ? passwordProblem(String(passwd)) : undefined;
  if (reason !== undefined) problems.push({ path: `userData.${at}.passwd`, reason });
  return problems;
}

function hasEmptyPassword({ account: { passwd, lock_passwd } }: OwnUser): boolean {
  return (passwd ?? "") === "" && lock_passwd !== true;
}

function emptyPasswordWarning({ at }: OwnUser): string {
  return `userData.${at} has no passwd; the installer leaves its password empty, so that anyone can log in as this user at the console. Give passwd, or lock_passwd: true.`;
}

function hashStages(stages: Json): Json {
  return mapMembers(stages, (steps) =>
    !isJsonList(steps)
      ? steps
      : steps.map((step) =>
          isJsonMap(step) && step.users !== undefined
            ? { ...step, users: mapMembers(step.users, hashAccount) }
            : step,
        ),
  );
}

function hashList(users: Json): Json {
  if (!isJsonList(users)) return mapMembers(users, hashAccount);
  return users.map((user) => {
    const name = isJsonMap(user) ? user.name : undefined;
    return hashAccount(user, typeof name === "string" ? name : "");
  });
}

function mapMembers(map: Json, change: (value: Json, key: string) => Json): Json {
  if (!isJsonMap(map)) return map;
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}

function hashAccount(user: Json, name: string): Json {
  if (!isJsonMap(user) || !isPlainPassword(user.passwd)) return user;
  return { ...user, passwd: hashOf(name, String(user.passwd)) };
}

// Empty, locked (`!`, `*`) and template values have another meaning in yip.
function isPlainPassword(value: Json | undefined): value is string | number {
  if (typeof value === "number") return true;
  if (typeof value !== "string" || value === "" || value === "*" || value.startsWith("!"))
    return false;
  return !isCryptHash(value) && !value.includes("{{");
}
