import { type Json, isJsonList, isJsonMap } from "../base/json";
import { confidentialSettings } from "../plan/ovf/settings";
import type { BuildRequest } from "../plan/plan";
import { maskSecrets } from "../plan/user-data/secrets";
import type { TargetSpec } from "../schema/targets/target";

/** Shorter texts occur by chance in a console's output. */
const shortestSecret = 6;
export const mask = "<secret>";

/** A function that replaces every secret value of the request, in its usual spellings, by `<secret>`. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const spellings = secrets.flatMap(linesOf).flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice(1),
    // YAML's single quotes; its double ones are JSON's.
    secret.replaceAll("'", "''"),
    Buffer.from(secret).toString("base64"),
    ...insideBase64(secret),
  ]);
  const unique = [...new Set(spellings)].sort((a, b) => b.length - a.length);
  return (text) => unique.reduce((result, secret) => result.replaceAll(secret, mask), text);
}

/** The secret values of a request: in the user-data, in headers, credentials and confidential OVA settings. */
export function secretsOf(request: BuildRequest): string[] {
  const { userData, installerHeaders, targets } = request;
  return [
    ...maskedValues(userData, maskSecrets(userData)),
    ...Object.values(installerHeaders).flatMap(headerSecrets),
    ...targets.flatMap(credentialsOf),
    ...querySecrets(request.installerUrl),
    ...confidentialSettings(request.plan.formats),
  ];
}

function credentialsOf(target: TargetSpec): string[] {
  switch (target.type) {
    case "directory":
      return [];
    case "cdi":
      // The credentials are in the kubeconfig, which only the target's client reads.
      return [];
    case "s3":
      return [target.accessKeyId, target.secretAccessKey, target.sessionToken].filter(
        (it) => it !== undefined,
      );
    case "http":
      return Object.values(target.headers ?? {}).flatMap(headerSecrets);
    case "oci":
      return target.password === undefined ? [] : [target.password];
    case "vsphere":
      return [target.username, target.password].filter((it) => it !== undefined);
  }
}

/** The values that the other document has masked. */
function maskedValues(value: Json, masked: Json | undefined): string[] {
  if (isJsonMap(value)) {
    const other = isJsonMap(masked) ? masked : {};
    return Object.entries(value).flatMap(([key, member]) => maskedValues(member, other[key]));
  }
  if (isJsonList(value)) {
    const other = isJsonList(masked) ? masked : [];
    return value.flatMap((item, index) => maskedValues(item, other[index]));
  }
  return masked === mask ? [String(value)] : [];
}

/** The secret and its lines: a console is redacted line by line, so each line of a key file counts as a secret. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [...new Set([secret, secret.trim(), ...lines])].filter(
    (text) => text.length >= shortestSecret,
  );
}

/**
 * The base64 characters that the secret alone decides, for each of its three possible alignments: an encoded text such
 * as `user:password` of a basic authorization contains one of them.
 */
function insideBase64(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("\0".repeat(offset) + secret).toString("base64");
    const bits = (offset + Buffer.byteLength(secret)) * 8;
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
  });
}

/** The value of a header, with and without its scheme (`Bearer`). */
function headerSecrets(value: string): string[] {
  return [value, ...value.split(/\s+/).slice(1)];
}

/** The query of a presigned URL, and a password before the host. */
function querySecrets(url: string | undefined): string[] {
  if (url === undefined) return [];
  const { search, password } = new URL(url);
  // Decoded by URLSearchParams, which unlike decodeURIComponent never throws.
  const decoded = new URLSearchParams({ password }).toString().replaceAll("%25", "%");
  return [
    search.slice(1),
    ...new URLSearchParams(search).values(),
    password,
    ...new URLSearchParams(decoded).values(),
  ].filter((it) => it !== "");
}
