import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { isCryptHash } from "./password-hash";
import { propertyPath } from "./merge";
import { renderConfig } from "./write-yaml";

const mask = "<secret>";

/** Keys whose text counts as secret, except those of public keys. `content` is the content of any file. */
const secretKey =
  /token|passw|passphrase|secret|credential|hash$|^psk$|^(?:plain_text_)?chpasswd$|^content$|(?:^|[_-])key$|[a-z]Key$/i;
const publicKey = /public|authorized/i;

const secretText = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /:\/\/[^\s/@]+@/, // user:password@host
  /\b(?:bearer|basic) +\S/i,
  /(?:passw(?:or)?d|passphrase|token|secret|api[_-]?key)["']? *[=:] *\S/i,
  /--(?:password|token|secret)\b/i,
];

/** Property paths of the secrets, never their values. A map or list under a secret key counts once. */
export function findSecrets(document: JsonMap): readonly string[] {
  return secretsIn(document, "");
}

function secretsIn(value: Json, at: string): readonly string[] {
  if (isJsonList(value)) {
    return value.flatMap((item, index) => secretsIn(item, propertyPath(at, index)));
  }
  if (!isJsonMap(value)) return isSecretText(value) ? [at] : [];
  return Object.entries(value).flatMap(([key, member]) => {
    const path = propertyPath(at, key);
    return isSecretKey(key) && holdsText(member) ? [path] : secretsIn(member, path);
  });
}

/** The document with `<secret>` in place of tokens, passwords, hashes, private keys and file contents. */
export function maskSecrets(document: JsonMap): JsonMap {
  return maskMembers(document);
}

/** The masked document as text, to be shown. */
export function maskUserData(document: JsonMap): string {
  return renderConfig(maskSecrets(document));
}

function maskMembers(map: JsonMap): JsonMap {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [
      key,
      isSecretKey(key) ? maskAll(value) : maskIn(value),
    ]),
  );
}

function maskIn(value: Json): Json {
  if (isJsonList(value)) return value.map(maskIn);
  if (isJsonMap(value)) return maskMembers(value);
  return isSecretText(value) ? mask : value;
}

function maskAll(value: Json): Json {
  if (isJsonList(value)) return value.map(maskAll);
  if (isJsonMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskAll(member)]));
  }
  return holdsText(value) ? mask : value;
}

function isSecretKey(key: string): boolean {
  return secretKey.test(key) && !publicKey.test(key);
}

function isSecretText(value: Json): boolean {
  return (
    typeof value === "string" && (isCryptHash(value) || secretText.some((sign) => sign.test(value)))
  );
}

function holdsText(value: Json): boolean {
  if (isJsonList(value)) return value.some(holdsText);
  if (isJsonMap(value)) return Object.values(value).some(holdsText);
  return (typeof value === "string" && value !== "") || typeof value === "number";
}
