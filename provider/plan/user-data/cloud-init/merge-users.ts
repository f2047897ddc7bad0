import type { Json, JsonMap } from "../../../base/json";
import { overlayConfig, type Merged } from "../merge";
import { usersAsList } from "./list-users";

/**
 * The user's own cloud-config over the generated one. The generated users are put before the user's own, in whatever
 * form these are given.
 */
export function mergeForCloudInit({ users, ...generated }: JsonMap, own: JsonMap): Merged {
  const merged = overlayConfig(generated, own, "userData");
  if (users === undefined) return merged;
  const all: readonly Json[] = [...usersAsList(users), ...usersAsList(own.users)];
  return { ...merged, document: { ...merged.document, users: all } };
}
