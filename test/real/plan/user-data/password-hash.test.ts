import assert from "node:assert/strict";
import { execa } from "execa";
import { hashPassword, sha512Crypt } from "../../../../provider/plan/user-data/password-hash";

async function openssl(password: string, salt: string): Promise<string> {
  const args = ["passwd", "-6", "-salt", salt, "-stdin"];
  const { stdout } = await execa("openssl", args, { input: `${password}\n` });
  return stdout;
}

describe("SHA-512 crypt", () => {
  // unixcrypt 3.0.4, a former dependency, is wrong at 64, 128 and 192 bytes.
  for (const length of [1, 8, 16, 31, 32, 63, 64, 65, 100, 127, 128, 129, 192, 255]) {
    it(`agrees with OpenSSL on a password of ${length} bytes`, async () => {
      const password = "pässword-0123456789-".repeat(13).slice(0, length);
      const bytes = Buffer.from(password)
        .subarray(0, length)
        .toString("latin1")
        .replace(/[^ -~]/g, "x");
      assert.equal(
        sha512Crypt(bytes, "abcdefghijklmnop", 5000),
        await openssl(bytes, "abcdefghijklmnop"),
      );
    });
  }

  it("agrees with OpenSSL on letters beyond ASCII and on the salt and rounds of hashPassword", async () => {
    const hash = hashPassword("kairos", "größer als 12 Zeichen");
    const salt = hash.split("$")[3] ?? "";
    assert.equal(hash, await openssl("größer als 12 Zeichen", `rounds=50000$${salt}`));
  });
});
