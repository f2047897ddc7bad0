import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../../base/json";
import { isCryptHash } from "../password-hash";
import { listUsers, type CloudInitUser } from "./list-users";

/** Whether somebody can log in to an account by password. cloud-init leaves no account with an empty one. */
export type PasswordLogin =
  /** No password is given. */
  | "none"
  /** A password is given, and the account is locked, as every account is without `lock_passwd: false`. */
  | "locked"
  /** A text in place of a hash, which no password matches. */
  | "no hash"
  | "possible";

export function passwordLogin({ account }: Pick<CloudInitUser, "account">): PasswordLogin {
  const { passwd, hashed_passwd, plain_text_passwd, lock_passwd = true } = account;
  const [hash] = [hashed_passwd, passwd].filter(isGiven);
  if (hash === undefined && !isGiven(plain_text_passwd)) return "none";
  // Texts such as `!` and `*` lock an account on purpose.
  if (typeof hash === "string" && /^[!*]/.test(hash)) return "none";
  if (lock_passwd === true) return "locked";
  // cloud-init sets the plain password first, and the hash after it.
  if (
    isGiven(hashed_passwd) &&
    !(typeof hashed_passwd === "string" && looksLikeHash(hashed_passwd))
  )
    return "no hash";
  return "possible";
}

/** Warnings of passwords in `users` that nobody could log in with. */
export function loginWarnings(own: JsonMap): readonly string[] {
  const changedLater = usersOfChpasswd(own.chpasswd);
  return listUsers(own.users)
    .filter(({ name }) => !changedLater.has(name))
    .flatMap((user) => {
      const at = `userData.${user.at}`;
      switch (passwordLogin(user)) {
        case "locked":
          return [
            `${at} has a password that does not work: cloud-init locks every account without \`lock_passwd: false\`.`,
          ];
        case "no hash":
          return [
            `${at}.hashed_passwd is not a password's hash, so that nobody can log in with it; write the output of \`openssl passwd -6\`, or plain_text_passwd.`,
          ];
        case "none":
        case "possible":
          return [];
      }
    });
}

/** cloud-init sets these passwords after it created and locked the accounts, which unlocks them. */
function usersOfChpasswd(chpasswd: Json | undefined): ReadonlySet<string> {
  if (!isJsonMap(chpasswd)) return new Set();
  const { list = [], users = [] } = chpasswd;
  const lines = typeof list === "string" ? list.split("\n") : isJsonList(list) ? list : [];
  const maps = isJsonList(users) ? users.filter(isJsonMap) : [];
  return new Set([
    ...lines.map((line) => (typeof line === "string" ? line.replace(/:.*/s, "") : "")),
    ...maps.map(({ name }) => (typeof name === "string" ? name : "")),
  ]);
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "" && value !== 0;
}

/** A hash of crypt(3), of its old method with 13 characters too, or a template that may become one. */
function looksLikeHash(text: string): boolean {
  return isCryptHash(text) || /^[\w./]{13}$/.test(text) || text.includes("{{");
}
