import { createHash } from "node:crypto";
import { canonicalJson } from "../base/json";

/** Properties that are secrets at any depth. `userData` is secret as a whole, because any part may be. */
const secretProperties: ReadonlySet<string> = new Set([
  "edgeHostToken",
  "password",
  "passwordHash",
  "headers",
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
  "username",
  "userData",
  // Of an OVA: may contain a cloud-config as `guestinfo.userdata`.
  "extraConfig",
]);

/** The inputs of `StylusImage` and `SiteSeed` that may contain secrets. */
export const inputsWithSecrets = [
  "installer",
  "palette",
  "users",
  "userData",
  "formats",
  "publishTo",
] as const;

/** Begins the mark of an input that the option `ignoreChanges` names. */
export const ignoredMark = "ignored ";

/** Whether the value is a secret: all of it under a secret property, or a URL with credentials under any other. */
export function isSecretInput(property: string | undefined, value: unknown): boolean {
  if (property !== undefined && secretProperties.has(property)) return true;
  return typeof value === "string" && isSecretUrl(value);
}

/** Whether an address contains credentials: a user or password, or a query such as a presigned URL has. */
function isSecretUrl(text: string): boolean {
  return (
    /^https?:\/\/[^\s/?#]*@/i.test(text) ||
    /^https?:\/\/[^\s?#]+\?./i.test(text) ||
    // A proxy is often written without its scheme.
    /^[^\s/?#@:]+:[^\s/?#@]*@(?!sha\d+:)[^\s/?#@]+(?:[/?#]|$)/.test(text)
  );
}

/**
 * SHA-256 of the secrets in an input with their places; empty if the input contains no secret. It is not safe to publish,
 * because a short secret could be guessed from it.
 */
export function digestOfSecrets(property: string, value: unknown): string {
  const secrets = secretsIn(property, value);
  if (secrets === undefined) return "";
  return createHash("sha256").update(canonicalJson(secrets)).digest("hex");
}

/** The value without what is no secret; undefined if nothing is left. */
function secretsIn(property: string | undefined, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (isSecretInput(property, value)) return withoutNull(value);
  if (typeof value !== "object") return undefined;
  const members = Object.entries(value).flatMap(([key, member]) => {
    const secrets = secretsIn(Array.isArray(value) ? undefined : key, member);
    return secrets === undefined ? [] : [[key, secrets] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** Pulumi sends null and undefined members in different ways, so neither counts. */
function withoutNull(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(withoutNull);
  if (typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([key, member]) => [key, withoutNull(member)]),
  );
}
