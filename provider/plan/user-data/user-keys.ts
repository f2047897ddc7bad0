import { textProblem } from "../../base/text";
import { isCertificate, authorizedKeyProblem } from "./ssh-key";
import { gitHubAccount, isKeyAddress, keyAddressProblem } from "./ssh-key-address";
import { otherKeyForm } from "./ssh-key-forms";
import type { UserDataReader } from "./part";

/** Why one of a user's keys would let nobody in, to follow the name of its property; undefined if it is of use. */
export function keyProblem(key: string, reader: UserDataReader): string | undefined {
  const text = key.trim();
  const other = otherKeyForm(text) ?? textProblem(text);
  if (other !== undefined) return other;
  if (/[\r\n]/.test(text)) {
    return "must be one public key on one line; give each line of a file as a key of its own";
  }
  return isKeyAddress(text) ? keyAddressProblem(text, reader) : authorizedKeyProblem(text);
}

/** What to know about a key that is valid, as the rest of a sentence that begins with its place. */
export function keyWarning(key: string, reader: UserDataReader): string | undefined {
  if (isCertificate(key)) {
    return "is an SSH certificate, and sshd accepts none in authorized_keys; give the public key, or `cert-authority` and the public key of the authority.";
  }
  if (!isKeyAddress(key)) return undefined;
  const warning =
    "is an address: the machine fetches the keys itself when it starts, and without a network then the user gets none";
  const isForKairosOnly = reader === "site" && gitHubAccount(key) === undefined;
  return `${warning}${isForKairosOnly ? "; only Kairos fetches them, so on a machine with cloud-init the user gets none at all" : ""}.`;
}

/** The keys in a file of public keys or an `authorized_keys`: its lines, without comments. */
export function keysIn(text: string): readonly string[] {
  // A file in another form is one mistake, not one for each line.
  const other = otherKeyForm(text.replace(/^[ \t]*#.*$/gm, "").trim());
  if (other !== undefined) return [text.trim()];
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
