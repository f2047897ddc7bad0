import assert from "node:assert/strict";
import { findSecrets } from "../../../../provider/plan/user-data/secrets";
import { isSecretKey, secretsInText } from "../../../../provider/plan/user-data/secret-words";
import { publicKey } from "./public-key";

describe("the form of a line that holds no secret", () => {
  for (const line of [
    "ALL=(ALL) NOPASSWD:ALL",
    "ada ALL=(ALL) NOPASSWD:ALL",
    "ada ALL=(ALL:ALL) NOPASSWD: ALL",
    "%wheel ALL=(root) NOPASSWD:NOEXEC: /usr/bin/systemctl restart nginx, /sbin/reboot",
    "ops ALL = NOPASSWD: SETENV: ALL",
    "Defaults:ada !requiretty",
    "Defaults env_reset,timestamp_timeout=15",
    "echo 'ada ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/ada",
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    "sed -i 's/^#*PasswordAuthentication.*/PasswordAuthentication no/' /etc/ssh/sshd_config",
    "passwd: files systemd",
    "password requisite pam_pwquality.so retry=3",
    "usermod -aG docker,sudo ada",
    "github:ada",
    publicKey,
    `${publicKey} ada@example`,
    `from="10.0.0.0/8",no-pty ${publicKey} ada@example`,
  ]) {
    it(`finds nothing in: ${line.slice(0, 60)}`, () => {
      assert.deepEqual(secretsInText(line, false), []);
    });
  }

  const secret = "hunter2-Secret";
  for (const line of [
    `NOPASSWD:${secret}`,
    `ada ALL=(ALL) NOPASSWD: /usr/bin/mount -o password=${secret}`,
    `ALL=(ALL) ${secret}`,
    `passwd: ${secret}`,
    `command="curl -u ada:${secret} https://example.com" ${publicKey}`,
    `${publicKey} my password ${secret}`,
  ]) {
    it(`still finds the secret in: ${line.slice(0, 40)}`, () => {
      assert.ok(secretsInText(line, false).some((text) => text.includes(secret)));
    });
  }

  it("knows switches from passwords by the name of the key", () => {
    for (const key of ["ssh_pwauth", "passwordauth", "PasswordAuthentication", "lock_passwd"]) {
      assert.equal(isSecretKey(key), false, key);
    }
    for (const key of ["passwd", "hashed_passwd", "password", "enable_password", "auth"]) {
      assert.equal(isSecretKey(key), true, key);
    }
  });

  it("gives no notice of a user without secrets", () => {
    const user = {
      name: "ada",
      sudo: "ALL=(ALL) NOPASSWD:ALL",
      lock_passwd: "true",
      ssh_authorized_keys: [publicKey, "github:ada"],
    };
    assert.deepEqual(findSecrets({ users: [user], ssh_pwauth: "no" }), []);
  });
});
