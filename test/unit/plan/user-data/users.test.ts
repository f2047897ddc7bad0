import assert from "node:assert/strict";
import { hashPassword, noPasswordHash } from "../../../../provider/plan/user-data/password-hash";
import { renderUserData } from "../../../../provider/plan/user-data/write-yaml";
import { documentOf, testRefusals } from "./generated";
import { publicKey } from "./public-key";

describe("the users part", () => {
  it("creates them in the initramfs stage, before the user's own steps", () => {
    const document = documentOf({
      users: [
        {
          name: "kairos",
          password: "pw",
          groups: ["docker", "admin"],
          sshAuthorizedKeys: [` ${publicKey} a@b\n`],
        },
        { name: "ops", passwordHash: "$y$j9T$s$x" },
      ],
      userData: { stages: { initramfs: [{ commands: ["true"] }] } },
    });
    assert.deepEqual(document.stages, {
      initramfs: [
        {
          name: "Users of this image",
          users: {
            kairos: {
              groups: ["admin", "sudo", "docker"],
              passwd: hashPassword("kairos", "pw"),
              ssh_authorized_keys: [`${publicKey} a@b`],
            },
            ops: { groups: ["admin", "sudo"], passwd: "$y$j9T$s$x" },
          },
        },
        { commands: ["true"] },
      ],
    });
  });

  it("gives a user with keys only a hash that no password matches, not an empty password", () => {
    const text = renderUserData(
      documentOf({ users: [{ name: "a", sshAuthorizedKeys: [publicKey] }] }),
    );
    assert.ok(text.includes(`passwd: "${noPasswordHash}"`));
  });

  it("writes those of a site seed for Kairos and for cloud-init", () => {
    const users = [{ name: "a", passwordHash: "$6$s$x" }];
    const { stages, users: list } = documentOf({ users, reader: "site" });
    assert.deepEqual(stages, documentOf({ users, reader: "kairos" }).stages);
    assert.deepEqual(list, documentOf({ users, reader: "generic" }).users);
  });

  it("writes for cloud-init in a site seed only the keys and the accounts that it takes", () => {
    const sshAuthorizedKeys = ["GitHub:ada", publicKey, "gitlab:ada", "https://example.com/k"];
    const users = [
      { name: "a", sshAuthorizedKeys },
      { name: "b", sshAuthorizedKeys: ["gitlab:b"] },
    ];
    const { stages, users: list } = documentOf({ users, reader: "site" });
    assert.deepEqual(stages, documentOf({ users, reader: "kairos" }).stages);
    const others = { groups: ["admin", "sudo"], passwd: noPasswordHash };
    const login = { lock_passwd: true, shell: "/bin/bash" };
    assert.deepEqual(list, [
      {
        name: "a",
        ...others,
        ssh_authorized_keys: [publicKey],
        ssh_import_id: ["gh:ada"],
        ...login,
      },
      { name: "b", ...others, ...login },
    ]);
  });

  it("writes those of a site seed for Kairos only if a list would take keys from root", () => {
    const users = [{ name: "a", passwordHash: "$6$s$x" }];
    const userData = { ssh_authorized_keys: [publicKey] };
    assert.equal(documentOf({ users, reader: "site", userData }).users, undefined);
  });

  it("keeps plain passwords out of the document", () => {
    const document = documentOf({
      users: [{ name: "a", password: "s3cret-one" }],
      userData: "stages:\n  boot:\n    - users:\n        b:\n          passwd: s3cret-two\n",
    });
    assert.doesNotMatch(JSON.stringify(document), /s3cret/);
  });

  const user = { name: "a", password: "x" };
  testRefusals([
    [
      "a password with a line break",
      { users: [{ ...user, password: "x\n" }] },
      "users[0].password",
      /line break/,
    ],
    [
      "a password longer than a login takes",
      { users: [{ ...user, password: "x".repeat(512) }] },
      "users[0].password",
      /511/,
    ],
    ["a user twice", { users: [user, user] }, "users[1].name", /repeats/],
    [
      "a private key for a public one",
      { users: [{ name: "a", sshAuthorizedKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] }] },
      "users[0].sshAuthorizedKeys[0]",
      /private/,
    ],
    [
      "two keys in one",
      { users: [{ name: "a", sshAuthorizedKeys: [`${publicKey}\n${publicKey}`] }] },
      "users[0].sshAuthorizedKeys[0]",
      /one line/,
    ],
  ]);
});
