import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import {
  hashPassword,
  isCryptHash,
  noPasswordHash,
  sha512Crypt,
} from "../../../../provider/plan/user-data/password-hash";

describe("sha512Crypt", () => {
  // From "Unix crypt using SHA-256 and SHA-512" by Ulrich Drepper, section "Test vectors".
  const vectors: readonly (readonly [string, string, number, string])[] = [
    [
      "Hello world!",
      "saltstring",
      5000,
      "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    ],
    [
      "Hello world!",
      "saltstringsaltst",
      10000,
      "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
    ],
    [
      "a short string",
      "asaltof16chars..",
      123456,
      "$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1",
    ],
  ];
  for (const [password, salt, rounds, hash] of vectors) {
    it(`gives the reference hash of "${password}" in ${rounds} rounds`, () =>
      assert.equal(sha512Crypt(password, salt, rounds), hash));
  }
});

describe("hashPassword", () => {
  const hash = hashPassword("kairos", "correct horse");
  const [, , , salt = ""] = hash.split("$");

  it("is SHA-512 crypt with more than crypt's 5000 rounds and a salt of 16 characters", () =>
    assert.match(hash, /^\$6\$rounds=50000\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/));

  it("gives the same hash for the same user and password, on every machine", () => {
    assert.equal(hashPassword("kairos", "correct horse"), hash);
    assert.equal(salt, "tFr0DDHoz/PlkY8M");
  });

  it("gives another salt for another user or another password", () => {
    assert.notEqual(hashPassword("admin", "correct horse").split("$")[3], salt);
    assert.notEqual(hashPassword("kairos", "correct horses").split("$")[3], salt);
  });

  // A fast hash as salt would let a guess be tested without the 50,000 rounds.
  it("derives the salt with scrypt", () => {
    const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 };
    const name = "pulumi-stylus-image password salt v1 kairos";
    const slow = scryptSync("correct horse", name, 16, cost);
    assert.equal(Array.from(slow, (byte) => alphabet[byte & 63]).join(""), salt);
  });
});

describe("isCryptHash", () => {
  for (const text of [
    "$6$salt$x",
    "$6$rounds=5000$s$x",
    "$5$s$x",
    "$1$s$x",
    "$y$j9T$s$x",
    "$2b$10$x",
    "$7$x",
  ]) {
    it(`counts ${text} as a hash`, () => assert.ok(isCryptHash(text)));
  }
  for (const text of ["", "kairos", "$", "$money$", "$66$", "!", "*", "!$6$s$x"]) {
    it(`does not count "${text}" as a hash`, () => assert.ok(!isCryptHash(text)));
  }
  it("counts the hash that no password matches as a hash", () =>
    assert.ok(isCryptHash(noPasswordHash)));
});
