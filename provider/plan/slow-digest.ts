import { createHash, scryptSync } from "node:crypto";
import { memo } from "../base/memo";

const digests = memo<string>(8);

/**
 * The identity of a text that may be or contain a secret, as hexadecimal digits. Keys, names and records are public, and
 * guesses of tokens and passwords could be tested against a fast hash. With scrypt each guess costs 32 MiB and about
 * 0.1 s. One text has different digests for different purposes.
 */
export function slowDigest(text: string, purpose: string): string {
  const key = createHash("sha256")
    .update(JSON.stringify([text, purpose]))
    .digest("hex");
  const options = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
  return digests.get(key, () => scryptSync(text, purpose, 32, options).toString("hex"));
}
