import * as pulumi from "@pulumi/pulumi";

/** Inputs that are secrets at any depth. `userData` is secret as a whole, because any part may be. */
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
  // Of an OVA: may contain a cloud-config as `guestinfo.userdata`.
  "extraConfig",
]);

/** Marks every secret in the arguments. Pulumi treats a list that contains a secret as secret. */
export function withSecrets<T>(value: T): T;
export function withSecrets(value: unknown): unknown {
  if (pulumi.Output.isInstance(value))
    return value.apply((resolved: unknown) => withSecrets(resolved));
  if (value instanceof Promise) return value.then(withSecrets);
  if (Array.isArray(value)) return value.map((item: unknown) => withSecrets(item));
  if (typeof value === "string") return isSecretUrl(value) ? pulumi.secret(value) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      secretProperties.has(key) && item !== undefined ? pulumi.secret(item) : withSecrets(item),
    ]),
  );
}

/** Whether a URL contains credentials: a user or password, or a query such as a presigned URL has. */
function isSecretUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#]*@/i.test(text) || /^https?:\/\/[^\s?#]+\?./i.test(text);
}
