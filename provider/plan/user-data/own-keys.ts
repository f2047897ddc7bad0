import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { propertyPath } from "./merge";
import type { PartInput } from "./part";
import { keyProblem } from "./user-keys";

/**
 * Warnings about SSH keys in the user's own cloud-config: `ssh_authorized_keys` of users and of the whole, and yip's
 * `authorized_keys`. They are no problems, because such a line may be a template or meant for another reader.
 */
export function ownKeyWarnings({ own, reader }: PartInput): readonly string[] {
  return keyTexts(own, "userData").flatMap(({ at, key }) => {
    if (key.includes("{{")) return [];
    const reason = keyProblem(key, reader);
    return reason === undefined ? [] : [`${at} ${reason}.`];
  });
}

interface KeyText {
  readonly at: string;
  readonly key: string;
}

function keyTexts(value: Json, at: string): readonly KeyText[] {
  if (isJsonList(value)) {
    return value.flatMap((item, index) => keyTexts(item, propertyPath(at, index)));
  }
  if (!isJsonMap(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const path = propertyPath(at, name);
    if (name === "ssh_authorized_keys") return listed(member, path);
    if (name === "authorized_keys" && isJsonMap(member)) return ofUsers(member, path);
    return keyTexts(member, path);
  });
}

function ofUsers(users: JsonMap, at: string): readonly KeyText[] {
  return Object.entries(users).flatMap(([user, keys]) => listed(keys, propertyPath(at, user)));
}

function listed(keys: Json, at: string): readonly KeyText[] {
  if (!isJsonList(keys)) return [];
  return keys.flatMap((key, index) =>
    typeof key === "string" ? [{ at: propertyPath(at, index), key }] : [],
  );
}
