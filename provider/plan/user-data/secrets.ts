import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../base/json";
import { propertyPath } from "./merge";
import { isPublicValue, shownKey, type UserDataPath } from "./public-values";
import { announcesSecret, isSecretKey, secretsInText } from "./secret-words";

/** Texts of one value that must not be shown anywhere. */
interface SecretValue {
  readonly path: UserDataPath;
  readonly texts: readonly string[];
}

/** Every text of the cloud-config that must not be shown: values, and their lines and words. */
export function secretTexts(document: JsonMap): readonly string[] {
  return [...new Set(secretsIn(document, [], false).flatMap(({ texts }) => texts))];
}

/**
 * Property paths of the values that may be secrets, never the values. A list of texts, and a map or list under a secret key
 * such as `password`, count once.
 */
export function findSecrets(document: JsonMap): readonly string[] {
  const paths = secretsIn(document, [], false)
    // The name of a step is not worth a notice.
    .filter(({ path }) => path.at(-1) !== "name")
    .map(({ path }) => shownPath(path));
  return [...new Set(paths)];
}

/** `isSecret`: the value belongs to a key, or follows an option, that announces a secret. */
function secretsIn(value: Json, path: UserDataPath, isSecret: boolean): SecretValue[] {
  if (isJsonList(value)) {
    return value.flatMap((item, index) => {
      const follows = index > 0 && announcesSecret(value[index - 1]);
      return secretsIn(item, [...path, index], isSecret || follows);
    });
  }
  if (isJsonMap(value)) {
    return Object.entries(value).flatMap(([key, member]) => [
      ...inKey(key, path),
      ...secretsIn(member, [...path, key], isSecret || isSecretKey(key)),
    ]);
  }
  if (isPublicValue(path, value)) return [];
  const texts = secretsInText(String(value), isSecret);
  // A secret that is too short to be masked counts too.
  return isSecret ? [{ path, texts }] : found(path, texts);
}

/** A key that is not shown may be a secret itself. */
function inKey(key: string, path: UserDataPath): SecretValue[] {
  return shownKey(key) === key ? [] : found([...path, key], secretsInText(key, false));
}

function found(path: UserDataPath, texts: readonly string[]): SecretValue[] {
  return texts.length === 0 ? [] : [{ path, texts }];
}

function shownPath(path: UserDataPath): string {
  const secretKey = path.findIndex((key) => typeof key === "string" && isSecretKey(key));
  const whole = secretKey === -1 ? path : path.slice(0, secretKey + 1);
  const listed = typeof whole.at(-1) === "number" ? whole.slice(0, -1) : whole;
  return listed.reduce<string>(propertyPath, "");
}
