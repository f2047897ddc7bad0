import { createHash, scryptSync } from "node:crypto";
import { memo } from "../base/memo";

const digests = memo<string>(8);

/**
 * The identity of a text that may be or hold a secret, as hexadecimal digits. Keys, names and records are public, and a
 * plain hash would let anybody try tokens and passwords against them: hence scrypt (32 MiB and about 0.1 s for each
 * guess). The purpose keeps digests of one text in two places apart.
 */
export function slowDigest(text: string, purpose: string): string {
  const key = createHash("sha256")
    .update(JSON.stringify([text, purpose]))
    .digest("hex");
  const options = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
  return digests.get(key, () => scryptSync(text, purpose, 32, options).toString("hex"));
}
