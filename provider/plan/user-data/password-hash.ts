import { createHash, hash as hashOnce, scryptSync } from "node:crypto";
import { memo } from "../../base/memo";

/** Ten times crypt's default, because everyone with an image can read its hashes. One hash takes 0.1 to 0.2 s. */
const rounds = 50_000;
const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const hashes = memo<string>(64);

/** A hash that no password matches, for users who log in by key only. With an empty one anyone could log in. */
export const noPasswordHash = "$6$no-password$*";

/** Whether a text is a hash of a current crypt(5) method. `!` and `*` lock the password and are no hashes. */
export function isCryptHash(text: string): boolean {
  return /^\$(?:[156]|2[aby]|y|gy|7)\$/.test(text);
}

/**
 * SHA-512 crypt. The salt is derived from user name and password, so that the same input gives the same hash on every
 * machine and the install key is stable. The salt is readable in the hash, so deriving it must be as slow as the hash
 * itself (scrypt): with an HMAC a guess could be tested by the salt alone, 50,000 times faster. The first call blocks
 * for some tenths of a second.
 */
export function hashPassword(user: string, password: string): string {
  const key = hashOnce("sha256", JSON.stringify([user, password]));
  return hashes.get(key, () => sha512Crypt(password, saltOf(user, password), rounds));
}

function saltOf(user: string, password: string): string {
  const digest = scryptSync(password, `pulumi-stylus-image password salt v1 ${user}`, 16, {
    N: 2 ** 15,
    r: 8,
    p: 1,
    maxmem: 64 * 1024 * 1024,
  });
  return Array.from(digest, (byte) => alphabet.charAt(byte & 63)).join("");
}

/**
 * Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512". Implemented here, because the npm package unixcrypt 3.0.4
 * gives a wrong hash for a password of 64, 128, ... bytes, such as a hexadecimal token, and nobody could log in.
 */
export function sha512Crypt(password: string, salt: string, count: number): string {
  const key = Buffer.from(password, "utf8");
  const saltBytes = Buffer.from(salt, "latin1");
  const start = firstDigest(key, saltBytes);
  const p = stretch(sha512(Buffer.alloc(key.length ** 2, key)), key.length);
  const s = stretch(
    sha512(Buffer.alloc(saltBytes.length * (16 + start.readUInt8(0)), saltBytes)),
    saltBytes.length,
  );
  let digest = start;
  for (let round = 0; round < count; round += 1) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : digest];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? digest : p);
    digest = sha512(Buffer.concat(parts));
  }
  const method = count === 5000 ? "$6$" : `$6$rounds=${count}$`;
  return `${method}${salt}$${encode(digest)}`;
}

function firstDigest(key: Buffer, salt: Buffer): Buffer {
  const other = sha512(Buffer.concat([key, salt, key]));
  const hash = createHash("sha512").update(key).update(salt).update(stretch(other, key.length));
  for (let bits = key.length; bits > 0; bits >>= 1) hash.update(bits % 2 === 1 ? other : key);
  return hash.digest();
}

function sha512(data: Buffer): Buffer {
  return hashOnce("sha512", data, "buffer");
}

/** `digest` repeated to `length` bytes. */
function stretch(digest: Buffer, length: number): Buffer {
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, digest);
}

/** Crypt's own base64: byte triples in a special order, six bits at a time, lowest first. */
function encode(digest: Buffer): string {
  let text = "";
  for (let index = 0; index < 21; index += 1) {
    const triple = [index, index + 21, index + 42];
    const turn = index % 3;
    const [a = 0, b = 0, c = 0] = [...triple.slice(turn), ...triple.slice(0, turn)];
    const bits = (digest.readUInt8(a) << 16) | (digest.readUInt8(b) << 8) | digest.readUInt8(c);
    text += sixBits(bits, 4);
  }
  return text + sixBits(digest.readUInt8(63), 2);
}

function sixBits(bits: number, characters: number): string {
  let text = "";
  for (let shift = 0; shift < characters; shift += 1)
    text += alphabet.charAt((bits >> (6 * shift)) & 63);
  return text;
}
