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
    `gitlab:${secret}`,
    "gh:ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    `Defaults:${secret} x`,
    "Defaults:s3cretTokenXYZ12345 !requiretty",
    "PASSWD: WelcomeHome",
    "PASSWD: WELCOME_HOME",
    `MAIL: ${secret}`,
    `PASSWORD=${secret} ssh-add AAAA`,
    `${secret} ${publicKey}`,
    `sk-${secret} AAAA`,
    `ssh-ed25519 AAAA${secret.replace("-", "")}`,
  ]) {
    it(`still finds the secret in: ${line.slice(0, 40)}`, () => {
      const value = /WelcomeHome|WELCOME_HOME|ghp_\w+|s3cret\w+|hunter2-?Secret/.exec(line)?.[0];
      assert.ok(secretsInText(line, false).some((text) => text.includes(value ?? secret)));
    });
  }

  for (const line of [
    "gh:open-sesame",
    "lp:welcome",
    "NOPASSWD:ALLWelcome",
    "ALL=(welcome)",
    "Defaults:welcome !requiretty",
    "passwd: files",
    `${publicKey} ada`,
  ]) {
    it(`masks the whole line where it is known to be a secret: ${line.slice(0, 30)}`, () => {
      assert.ok(secretsInText(line, true).includes(line));
      const [path] = findSecrets({ chpasswd: { list: `ops:Welcome7\n${line}` } });
      assert.equal(path, "chpasswd");
    });
  }

  it("takes the form of an account at GitHub for harmless only among keys, and never a token", () => {
    const found = (key: string) =>
      findSecrets({
        ssh_import_id: [key],
        users: [{ ssh_authorized_keys: [key] }],
        stages: { boot: [{ authorized_keys: { ada: [key] } }] },
      });
    for (const key of ["github:ada", "gh:ada-l", "lp:ada", "gitlab:ada.l"]) {
      assert.deepEqual(found(key), []);
    }
    for (const key of [
      "gh:ghp_welcome",
      "github:github_pat_11AAAA",
      "gitlab:glpat-welcome",
      "gh:a1b2c3d4e5f6a7b8c9",
    ]) {
      assert.equal(found(key).length, 3, key);
    }
  });

  it("knows switches from passwords by the name of the key", () => {
    for (const key of [
      "ssh_pwauth",
      "passwordauth",
      "PasswordAuthentication",
      "lock_passwd",
    ].concat(
      ["nopasswd", "no_password", "lockPassword", "disable-password", "disablePasswordUpdate"],
      ["disable_root_password", "lock_plain_text_passwd", "disable_empty_passwords"],
    )) {
      assert.equal(isSecretKey(key), false, key);
    }
    for (const key of ["passwd", "hashed_passwd", "password", "enable_password", "auth"].concat(
      ["node_password", "NOTIFY_PASSWORD", "nobody_password", "notary-passphrase", "NOC_PASSWD"],
      ["locker_password", "lock_box_password", "no_reply_password", "noReplyPassword"],
      ["nopasswd_token", "disabled_user_password", "north.password"],
    )) {
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
