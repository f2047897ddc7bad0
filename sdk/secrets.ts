import * as pulumi from "@pulumi/pulumi";

/** Inputs that are secrets wherever they stand; all of `userData` is one, for nobody knows what it holds. */
const secretProperties = new Set([
  "edgeHostToken",
  "password",
  "passwordHash",
  "headers",
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
  "username",
  "userData",
  // Of an OVA: `guestinfo.userdata` is a cloud-config, too.
  "extraConfig",
]);

/**
 * The same arguments with every secret marked. A secret inside a list makes Pulumi treat the whole list as one, so
 * that nothing leaks when the list is copied.
 */
export function withSecrets<T>(value: T): T;
export function withSecrets(value: unknown): unknown {
  if (pulumi.Output.isInstance(value))
    return value.apply((resolved: unknown) => withSecrets(resolved));
  if (value instanceof Promise) return value.then(withSecrets);
  if (Array.isArray(value)) return value.map((item: unknown) => withSecrets(item));
  if (typeof value === "string") return isSecretAddress(value) ? pulumi.secret(value) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      secretProperties.has(key) && item !== undefined ? pulumi.secret(item) : withSecrets(item),
    ]),
  );
}

/** A presigned address is its own credential, and so is one with a password. */
function isSecretAddress(text: string): boolean {
  return /^https?:\/\/[^\s/?#]*@/i.test(text) || /^https?:\/\/[^\s?#]+\?./i.test(text);
}
