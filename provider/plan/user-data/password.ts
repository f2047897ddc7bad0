import { hashPassword, noPasswordHash } from "./password-hash";

/** PAM and libxcrypt take no longer password. Bytes. */
const longestPassword = 511;

/** Why a text cannot be a login password; undefined for one that can. */
export function passwordProblem(password: string): string | undefined {
  if (/\p{Cc}/u.test(password)) {
    return "holds a line break or another control character, which cannot be typed at a login; remove it";
  }
  return Buffer.byteLength(password) > longestPassword
    ? `is longer than the ${longestPassword} bytes that a login takes`
    : undefined;
}

/**
 * The hash of a password. An invalid one, which `passwordProblem` reports, is not hashed: hashing needs memory in
 * proportion to the square of the length.
 */
export function hashOf(user: string, password: string): string {
  return passwordProblem(password) === undefined ? hashPassword(user, password) : noPasswordHash;
}
