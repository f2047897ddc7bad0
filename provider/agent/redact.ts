import { confidentialSettings } from "../plan/ovf/settings";
import type { BuildRequest } from "../plan/plan";
import { secretsInText } from "../plan/user-data/secret-words";
import { secretTexts } from "../plan/user-data/secrets";
import type { TargetSpec } from "../schema/targets/target";
import { textMasker } from "./text-masker";

/** Shorter texts occur by chance in a console's output; PINs are the exception. */
const shortestSecret = 6;
const pin = /^\d{4,}$/;
export const mask = "<secret>";

/** A function that replaces every secret value of the request, in its usual spellings, by `<secret>`. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  return textMasker(secrets.flatMap(linesOf), mask);
}

/**
 * The secret values of a request: in the user-data, in headers, credentials and confidential OVA settings. What the
 * user-data has in common with names and addresses of the plan is no secret.
 */
export function secretsOf(request: BuildRequest): string[] {
  const { userData, installerHeaders, targets, plan } = request;
  const open = openTexts(request);
  const given = [
    ...secretTexts(userData),
    ...confidentialSettings(plan.formats).flatMap((value) => secretsInText(value, false)),
  ];
  return [
    ...given.filter((text) => !open.has(text)),
    ...Object.values(installerHeaders).flatMap(headerSecrets),
    ...targets.flatMap(credentialsOf),
    ...querySecrets(request.installerUrl),
    ...confidentialSettings(plan.formats),
  ];
}

/** Names, places and addresses, which outputs and records show too, and their words. */
function openTexts({ plan, rootDirectory, cacheDirectory }: BuildRequest): ReadonlySet<string> {
  const { source } = plan.installer;
  const texts = [
    plan.name,
    plan.owner,
    rootDirectory,
    cacheDirectory,
    ...(source.type === "path" ? [source.path] : []),
    ...(source.type === "url" ? [source.url] : []),
    ...plan.destinations.map(({ target }) => target),
  ];
  return new Set(texts.flatMap((text) => [text, ...text.split(/[^\w.-]+/)]));
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

/** The secret and its lines: a console is redacted line by line, so each line of a key file counts as a secret. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [...new Set([secret, secret.trim(), ...lines])].filter(
    (text) => text.length >= shortestSecret || pin.test(text),
  );
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
