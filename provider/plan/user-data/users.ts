import type { InputProblem } from "../../base/errors";
import type { JsonMap } from "../../base/json";
import type { UserSpec } from "../../schema/image";
import type { Part, PartInput, UserDataReader } from "./part";
import { hashOf, passwordProblem } from "./password";
import { noPasswordHash } from "./password-hash";
import { gitHubAccount, isKeyAddress } from "./ssh-key-address";
import { keyProblem, keyWarning } from "./user-keys";

/**
 * `users`, where the reader looks for them: in a stage for Kairos, in cloud-init's own list for any other installer. A site
 * seed has both, because the machine that reads it may be of either kind; yip creates a user of both forms once.
 */
export function usersPart({ own, users = [], reader, defaults }: PartInput): Part {
  const problems = users.flatMap((user, index) => userProblems(user, index, users, reader));
  if (users.length === 0) return { document: {}, problems, warnings: [] };
  // yip gives keys at the top level to root, but to the users of the list if there is one.
  const isForBoth =
    reader === "site" && defaults === undefined && own.ssh_authorized_keys === undefined;
  const isInList = reader === "generic" || isForBoth;
  const document: JsonMap = {
    ...(reader === "generic" ? {} : { stages: usersStage(users) }),
    ...(isInList ? { users: usersList(users) } : {}),
  };
  return {
    document,
    problems,
    warnings: users.flatMap((user, index) => userWarnings(user, index, reader)),
  };
}

/**
 * One step of the `initramfs` stage, the earliest one, as Palette recommends. Running it again
 * changes nothing: yip creates a missing user and sets the password of an existing one.
 */
function usersStage(users: readonly UserSpec[]): JsonMap {
  const accounts = users.map((user) => [user.name, account(user, keysOf(user))] as const);
  return { initramfs: [{ name: "Users of this image", users: Object.fromEntries(accounts) }] };
}

/** The same users as cloud-init reads them at the top level. It imports keys from accounts, and from no other address. */
function usersList(users: readonly UserSpec[]): readonly JsonMap[] {
  return users.map((user) => ({
    name: user.name,
    ...account(
      user,
      keysOf(user).filter((key) => !isKeyAddress(key)),
    ),
    ...importedKeys(user),
    // By default cloud-init locks every account, even one with a hash.
    lock_passwd: user.password === undefined && user.passwordHash === undefined,
    shell: "/bin/bash",
  }));
}

/** Groups of every user: Kairos 3.3 and later requires one user in `admin`; `sudo` gives administrator rights. */
const administrators = ["admin", "sudo"];

function keysOf({ sshAuthorizedKeys = [] }: UserSpec): readonly string[] {
  return sshAuthorizedKeys.map((key) => key.trim());
}

function importedKeys(user: UserSpec): JsonMap {
  const names = keysOf(user).flatMap((key) => gitHubAccount(key) ?? []);
  return names.length === 0 ? {} : { ssh_import_id: names.map((name) => `gh:${name}`) };
}

function account(user: UserSpec, keys: readonly string[]): JsonMap {
  const hash = user.password === undefined ? user.passwordHash : hashOf(user.name, user.password);
  return {
    groups: [...new Set([...administrators, ...(user.groups ?? [])])],
    // Without `passwd` yip leaves the password empty, and anyone can log in at the console.
    passwd: hash ?? noPasswordHash,
    ...(keys.length > 0 ? { ssh_authorized_keys: keys } : {}),
  };
}

function userProblems(
  { name, password, sshAuthorizedKeys = [] }: UserSpec,
  index: number,
  users: readonly UserSpec[],
  reader: UserDataReader,
): readonly InputProblem[] {
  const at = `users[${index}]`;
  const problems: InputProblem[] = [];
  if (users.findIndex((user) => user.name === name) < index) {
    problems.push({ path: `${at}.name`, reason: "repeats the name of an earlier user" });
  }
  const reason = password === undefined ? undefined : passwordProblem(password);
  if (reason !== undefined) problems.push({ path: `${at}.password`, reason });
  sshAuthorizedKeys.forEach((key, position) => {
    const keyReason = keyProblem(key, reader);
    if (keyReason === undefined) return;
    problems.push({ path: `${at}.sshAuthorizedKeys[${position}]`, reason: keyReason });
  });
  return problems;
}

function userWarnings(
  { sshAuthorizedKeys = [] }: UserSpec,
  index: number,
  reader: UserDataReader,
): readonly string[] {
  return sshAuthorizedKeys.flatMap((key, position) => {
    const warning = keyWarning(key, reader);
    const at = `users[${index}].sshAuthorizedKeys[${position}]`;
    return warning === undefined ? [] : [`${at} ${warning}`];
  });
}
