import type { InputProblem } from "../../base/errors";
import type { UserSpec } from "../../schema/image";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { propertyPath } from "./merge";
import { hashPassword, isCryptHash, noPasswordHash } from "./password-hash";

/** Groups of every user: Kairos from 3.3 on asks for one in `admin`, and `sudo` gives the rights of an administrator. */
const administrators = ["admin", "sudo"];

/**
 * One step of the `initramfs` stage, the earliest one, as Palette recommends. Running it again
 * changes nothing: yip creates a missing user and sets the password of an existing one.
 */
export function usersStage(users: readonly UserSpec[]): JsonMap {
  const accounts = users.map((user) => [user.name, account(user)] as const);
  return { initramfs: [{ name: "Users of this image", users: Object.fromEntries(accounts) }] };
}

/** The same users as cloud-init reads them at the top level. */
export function usersList(users: readonly UserSpec[]): readonly JsonMap[] {
  return users.map((user) => ({
    name: user.name,
    ...account(user),
    // cloud-init locks every account that is not said to be open, even one with a hash.
    lock_passwd: user.password === undefined && user.passwordHash === undefined,
    shell: "/bin/bash",
  }));
}

function account(user: UserSpec): JsonMap {
  const keys = user.sshAuthorizedKeys?.map((key) => key.trim()) ?? [];
  const given = user.password === undefined ? user.passwordHash : hashed(user.name, user.password);
  return {
    groups: [...new Set([...administrators, ...(user.groups ?? [])])],
    // Without `passwd` yip leaves the password empty, which opens the console to everybody.
    passwd: given ?? noPasswordHash,
    ...(keys.length > 0 ? { ssh_authorized_keys: keys } : {}),
  };
}

// What cannot be a password is reported elsewhere, and a very long one would cost its square in memory.
function hashed(name: string, password: string): string {
  return passwordFault(password) === undefined ? hashPassword(name, password) : noPasswordHash;
}

export function userProblems(users: readonly UserSpec[]): readonly InputProblem[] {
  return users.flatMap((user, index) => {
    const at = `users[${index}]`;
    const problems: InputProblem[] = [];
    if (users.findIndex(({ name }) => name === user.name) < index) {
      problems.push({ path: `${at}.name`, reason: "repeats the name of a user before it" });
    }
    const fault = user.password === undefined ? undefined : passwordFault(user.password);
    if (fault !== undefined) problems.push({ path: `${at}.password`, reason: fault });
    user.sshAuthorizedKeys?.forEach((key, position) => {
      const reason = keyFault(key);
      if (reason !== undefined)
        problems.push({ path: `${at}.sshAuthorizedKeys[${position}]`, reason });
    });
    return problems;
  });
}

function passwordFault(password: string): string | undefined {
  if (/\p{Cc}/u.test(password)) {
    return "holds a line break or another control character, which nobody can type at a login; trim it";
  }
  // PAM and libxcrypt take no more.
  return Buffer.byteLength(password) > 511
    ? "is longer than the 511 bytes that a login takes"
    : undefined;
}

function keyFault(key: string): string | undefined {
  if (/PRIVATE KEY-----/.test(key))
    return "is a private key; give the public one, the line of the `.pub` file";
  return /[\r\n]/.test(key.trim()) ? "must be one public key on one line" : undefined;
}

/** A user that the user's own cloud-config creates, and where. */
interface OwnUser {
  readonly at: string;
  readonly account: JsonMap;
}

/** Whether any stage, or the list that cloud-init knows, creates a user in group `admin`; as kairos-agent looks for it. */
export function hasAdmin(document: JsonMap): boolean {
  return ownUsers(document).some(
    ({ account: { groups, primary_group } }) =>
      (isJsonList(groups) && groups.includes("admin")) || primary_group === "admin",
  );
}

/**
 * Replaces plain passwords by hashes in every `passwd` of the user's own cloud-config. yip would hash them
 * too, with a random salt, but only in the machine: until then the text would stay readable in the image.
 */
export function hashOwnPasswords(document: JsonMap): JsonMap {
  return {
    ...document,
    ...hashIn(document, "stages", hashStages),
    ...hashIn(document, "users", hashList),
  };
}

function hashIn(document: JsonMap, key: string, change: (value: Json) => Json): JsonMap {
  const value = document[key];
  return value === undefined ? {} : { [key]: change(value) };
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
  return { ...user, passwd: hashed(name, String(user.passwd)) };
}

// Empty, locked (`!`, `*`) and template values mean something else to yip.
function isPlainPassword(value: Json | undefined): value is string | number {
  if (typeof value === "number") return true;
  if (typeof value !== "string" || value === "" || value === "*" || value.startsWith("!"))
    return false;
  return !isCryptHash(value) && !value.includes("{{");
}

export function ownUserProblems(document: JsonMap): readonly InputProblem[] {
  return ownUsers(document).flatMap(({ at, account: { passwd, groups } }) => {
    const problems: InputProblem[] = [];
    if (passwd !== undefined && typeof passwd !== "string" && typeof passwd !== "number") {
      problems.push({ path: `userData.${at}.passwd`, reason: "must be text" });
    }
    const fault = isPlainPassword(passwd) ? passwordFault(String(passwd)) : undefined;
    if (fault !== undefined) problems.push({ path: `userData.${at}.passwd`, reason: fault });
    if (groups !== undefined && !isJsonList(groups)) {
      problems.push({ path: `userData.${at}.groups`, reason: "must be a list of group names" });
    }
    return problems;
  });
}

export function ownUserWarnings(document: JsonMap): readonly string[] {
  return ownUsers(document)
    .filter(({ account: { passwd, lock_passwd } }) => (passwd ?? "") === "" && lock_passwd !== true)
    .map(
      ({ at }) =>
        `userData.${at} has no passwd; the installer leaves its password empty, so that anyone may log in as it at the console. Give passwd, or lock_passwd: true.`,
    );
}

function ownUsers(document: JsonMap): readonly OwnUser[] {
  const stages = isJsonMap(document.stages) ? Object.entries(document.stages) : [];
  const staged = stages.flatMap(([stage, steps]) =>
    (isJsonList(steps) ? steps : []).flatMap((step, index) =>
      isJsonMap(step)
        ? accountsOf(step.users, `${propertyPath("stages", stage)}[${index}].users`)
        : [],
    ),
  );
  return [...staged, ...accountsOf(document.users, "users")];
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
