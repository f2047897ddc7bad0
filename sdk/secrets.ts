import * as pulumi from "@pulumi/pulumi";
import {
  digestOfSecrets,
  ignoredMark,
  inputsWithSecrets,
  isSecretInput,
} from "../provider/schema/secret-inputs";

/** Marks every secret in the arguments. Pulumi treats a list that contains a secret as secret. */
export function withSecrets<T>(value: T): T;
export function withSecrets(value: unknown): unknown {
  if (pulumi.Output.isInstance(value))
    return value.apply((resolved: unknown) => withSecrets(resolved));
  if (value instanceof Promise) return value.then(withSecrets);
  if (Array.isArray(value)) return value.map((item: unknown) => withSecrets(item));
  if (typeof value === "string") {
    return isSecretInput(undefined, value) ? pulumi.secret(value) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      isSecretInput(key, item) && item !== undefined ? pulumi.secret(item) : withSecrets(item),
    ]),
  );
}

/**
 * The input `sealed`: for each input that may contain secrets, a digest of those that `withSecrets` marked. It is secret
 * itself. Transforms of resources run later and their values are not marked: `check` recognises these by the digest, and
 * moves them into this input, where everything is secret.
 */
export function sealOf(
  args: object,
  ignoreChanges: readonly string[] = [],
): Readonly<Record<string, pulumi.Output<string>>> {
  const given = new Map<string, unknown>(Object.entries(args));
  const isIgnored = (name: string): boolean =>
    ignoreChanges.some((path) => path === "*" || /^\w*/.exec(path)?.[0] === name);
  return Object.fromEntries(
    inputsWithSecrets.map((name) => {
      const prefix = isIgnored(name) ? ignoredMark : "";
      const values = pulumi.secret([given.get(name)]);
      return [name, values.apply(([value]) => `${prefix}${digestOf(name, value)}`)];
    }),
  );
}

/** Data that has no digest is no valid input, which `check` reports. */
function digestOf(name: string, value: unknown): string {
  try {
    return digestOfSecrets(name, value);
  } catch {
    return "";
  }
}
