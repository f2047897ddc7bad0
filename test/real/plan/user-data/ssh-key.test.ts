import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { keyProblem, keyWarning } from "../../../../provider/plan/user-data/user-keys";

describe("keys of ssh-keygen", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "stylus-keys-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ["ed25519", []],
    ["rsa", ["-b", "2048"]],
    ["ecdsa", ["-b", "256"]],
    ["ecdsa", ["-b", "384"]],
    ["ecdsa", ["-b", "521"]],
  ];
  for (const [type, bits] of kinds) {
    it(`takes the public key of ${type} ${bits.join(" ")}, and no other form of it`, async () => {
      const path = join(folder, `${type}${bits.join("")}`);
      await execa("ssh-keygen", ["-q", "-t", type, ...bits, "-N", "", "-C", "a b", "-f", path]);
      const line = readFileSync(`${path}.pub`, "utf8");
      assert.equal(keyProblem(line, "kairos"), undefined);
      assert.equal(keyWarning(line, "kairos"), undefined);
      assert.match(keyProblem(readFileSync(path, "utf8"), "kairos") ?? "", /ssh-keygen -y -f/);
      // ssh-keygen writes no PEM of an ed25519 key.
      for (const form of type === "ed25519" ? ["RFC4716"] : ["RFC4716", "PKCS8"]) {
        const exported = await execa("ssh-keygen", ["-e", "-m", form, "-f", `${path}.pub`]);
        const problem = keyProblem(exported.stdout, "kairos") ?? "";
        const [, command = ""] = /`ssh-keygen (-i.*) -f FILE`/.exec(problem) ?? [];
        const other = join(folder, form);
        writeFileSync(other, `${exported.stdout}\n`);
        const back = await execa("ssh-keygen", [...command.split(" "), "-f", other]);
        assert.equal(keyProblem(back.stdout, "kairos"), undefined, `${form}: ${problem}`);
      }
    });
  }

  it("agrees with ssh-keygen about every damaged line", async () => {
    const path = join(folder, "damaged");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "a", "-f", path]);
    const [type = "", blob = ""] = readFileSync(`${path}.pub`, "utf8").split(" ");
    const lines = [
      ...[0, 1, 4, 20, 40, blob.length - 4].map((length) => `${type} ${blob.slice(0, length)}`),
      `${type} ${blob}AAAA`,
      `ssh-rsa ${blob}`,
      `${type}${blob}`,
      `no-pty,from="a b" ${type} ${blob}`,
    ];
    for (const line of lines) {
      const file = join(folder, "line.pub");
      writeFileSync(file, `${line}\n`);
      const { exitCode } = await execa("ssh-keygen", ["-l", "-f", file], { reject: false });
      assert.equal(keyProblem(line, "kairos") === undefined, exitCode === 0, line);
    }
  });

  it("warns of a certificate, which is no key", async () => {
    const path = join(folder, "signed");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
    await execa("ssh-keygen", ["-q", "-s", path, "-I", "id", "-n", "ada", `${path}.pub`]);
    const line = readFileSync(`${path}-cert.pub`, "utf8");
    assert.equal(keyProblem(line, "kairos"), undefined);
    assert.match(keyWarning(line, "kairos") ?? "", /certificate/);
  });
});
