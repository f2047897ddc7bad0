import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../../base/json";
import { propertyPath } from "../merge";

/** A user that `users` names. `account` has its keys as cloud-init reads them: `lock-passwd` as `lock_passwd`. */
export interface CloudInitUser {
  readonly name: string;
  /** Its property path, below `userData`. */
  readonly at: string;
  readonly account: JsonMap;
}

/**
 * The users of a `users` value in each of its forms: a list of names, maps and lists of names; a map from names to
 * accounts or to true or false; names in one text with commas. A value of another kind names nobody.
 */
export function listUsers(users: Json | undefined): readonly CloudInitUser[] {
  if (typeof users === "string") return named(users, "users");
  if (isJsonMap(users)) {
    return Object.entries(users).flatMap(([name, value]) => {
      const at = propertyPath("users", name);
      if (isJsonMap(value)) return [{ name, at, account: readKeys(value) }];
      return isTrue(value) ? [{ name, at, account: {} }] : [];
    });
  }
  if (!isJsonList(users)) return [];
  return users.flatMap((item, index) => {
    const at = propertyPath("users", index);
    if (isJsonMap(item)) {
      const { name, ...account } = readKeys(item);
      return [{ name: typeof name === "string" ? name : "", at, account }];
    }
    const names = isJsonList(item) ? item : [item];
    return names.flatMap((it) => (typeof it === "string" ? named(it, at) : []));
  });
}

/** The entries of a `users` value as a list, which other entries can be joined to. */
export function usersAsList(users: Json | undefined): readonly Json[] {
  if (isJsonList(users)) return users;
  if (typeof users === "string") return named(users, "users").map(({ name }) => name);
  if (!isJsonMap(users)) return [];
  return Object.entries(users).flatMap(([name, value]): Json[] => {
    if (isJsonMap(value)) return [{ ...value, name }];
    return isTrue(value) ? [name] : [];
  });
}

function named(names: string, at: string): readonly CloudInitUser[] {
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => ({ name, at, account: {} }));
}

/** The key of an account as cloud-init reads it. */
export function accountKey(key: string): string {
  return key.replaceAll("-", "_").trim();
}

function readKeys(account: JsonMap): JsonMap {
  const members = Object.entries(account).map(([key, value]) => [accountKey(key), value] as const);
  return Object.fromEntries(members);
}

/** Texts and numbers that cloud-init takes for true. */
function isTrue(value: Json): boolean {
  if (typeof value === "string") return /^(?:true|1|on|yes)$/i.test(value.trim());
  return value === true || value === 1;
}
