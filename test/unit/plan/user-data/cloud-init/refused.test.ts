import assert from "node:assert/strict";
import { generate, testRefusals, testWarnings, type Given } from "../generated";

const own = (userData: string | object): Given => ({ reader: "generic", userData });
const account = (value: object): Given => own({ users: ["default", { name: "a", ...value }] });
const at = (key: string): string => `userData.users[1].${key}`;

describe("values that cloud-init would stop at or ignore", () => {
  testRefusals([
    ["users that are a number", own({ users: 1 }), "userData.users", /list of names/],
    ["a user that is a number", own({ users: [7] }), "userData.users[0]", /a name or a map/],
    ["a user that is null", own({ users: [null] }), "userData.users[0]", /null/],
    ["a user without a name", own({ users: [{ uid: 1 }] }), "userData.users[0].name", /missing/],
    ["a user in a map that is null", own({ users: { a: [] } }), "userData.users.a", /map, true/],
    ["groups that are a number", account({ groups: 7 }), at("groups"), /list or a map/],
    ["a group that is a map", account({ groups: [{ a: 1 }] }), at("groups[0]"), /text/],
    ["a switch in quotes", account({ lock_passwd: "false" }), at("lock_passwd"), /without quotes/],
    [
      "a switch in quotes, with a dash",
      account({ "lock-passwd": "no" }),
      at("lock-passwd"),
      /quot/,
    ],
    [
      "one key in two spellings",
      account({ "lock-passwd": true, lock_passwd: false }),
      at("lock-passwd"),
      /twice/,
    ],
    [
      "keys that are null",
      account({ ssh_authorized_keys: null }),
      at("ssh_authorized_keys"),
      /null/,
    ],
    ["sudo that is true", account({ sudo: true }), at("sudo"), /rule/],
    ["sudo that is a map", account({ sudo: {} }), at("sudo"), /list of texts/],
    ["a shell that is a list", account({ shell: ["sh"] }), at("shell"), /text/],
    ["a hash that is a number", account({ hashed_passwd: 5 }), at("hashed_passwd"), /text/],
    ["a password with a line break", account({ passwd: "a\nb" }), at("passwd"), /line break/],
    [
      "keys for a user without a home",
      account({ system: true, ssh_import_id: ["gh:a"] }),
      at("ssh_import_id"),
      /home/,
    ],
    [
      "a redirection beside keys",
      account({ ssh_redirect_user: true, ssh_authorized_keys: ["k"] }),
      at("ssh_redirect_user"),
      /excludes/,
    ],
    [
      "a command that YAML reads as a map",
      own("runcmd:\n- echo a: b\n"),
      "userData.runcmd[0]",
      /quote/,
    ],
    ["commands in one text", own({ bootcmd: "date" }), "userData.bootcmd", /list/],
    ["a command that is a number", own({ runcmd: [1] }), "userData.runcmd[0]", /text/],
    [
      "a file without a path",
      own({ write_files: [{}] }),
      "userData.write_files[0].path",
      /missing/,
    ],
    [
      "files as a map",
      own({ write_files: { path: "/a" } }),
      "userData.write_files",
      /list of maps/,
    ],
    [
      "an unknown encoding",
      own({ write_files: [{ path: "/a", encoding: "base32" }] }),
      "userData.write_files[0].encoding",
      /b64/,
    ],
    [
      "a mode that is no octal number",
      own({ write_files: [{ path: "/a", permissions: "rw" }] }),
      "userData.write_files[0].permissions",
      /octal/,
    ],
    ["passwords as a list", own({ chpasswd: ["a:b"] }), "userData.chpasswd", /map/],
    [
      "a password without a user",
      own({ chpasswd: { list: ["b"] } }),
      "userData.chpasswd.list[0]",
      /user:/,
    ],
    [
      "a password of an unknown type",
      own({ chpasswd: { users: [{ name: "a", password: "b", type: "md5" }] } }),
      "userData.chpasswd.users[0].type",
      /RANDOM/,
    ],
    [
      "a user of chpasswd without a password",
      own({ chpasswd: { users: [{ name: "a" }] } }),
      "userData.chpasswd.users[0].password",
      /missing/,
    ],
    ["keys in one text", own({ ssh_authorized_keys: "k" }), "userData.ssh_authorized_keys", /list/],
    [
      "a group with one member that is null",
      own({ groups: { a: null } }),
      "userData.groups.a",
      /user/,
    ],
    [
      "keys of an account that are null, at which cloud-init 22.4 stops",
      own("users: [{name: a, ssh_authorized_keys: }]\n"),
      "userData.users[0].ssh_authorized_keys",
      /list of public keys/,
    ],
    [
      "a system account with keys",
      own({ users: [{ name: "a", system: true, ssh_authorized_keys: ["k"] }] }),
      "userData.users[0].ssh_authorized_keys",
      /which `system: true` prevents/,
    ],
    ["packages as a map", own({ packages: { a: 1 } }), "userData.packages", /list/],
  ]);

  const forms: readonly (readonly [what: string, text: string, reason: RegExp])[] = [
    ["addresses to include", "#include\nhttps://h/a\n", /addresses.*one cloud-config/],
    ["a script", "#!/bin/sh\ndate\n", /script.*runcmd/],
    ["a script of each boot", "#cloud-boothook\ndate\n", /bootcmd/],
    ["Python code", "#part-handler\nx\n", /Python/],
    ["an archive", "#cloud-config-archive\n- a\n", /several/],
    ["a JSON patch", "#cloud-config-jsonp\n[]\n", /patch/],
    ["a MIME message", "Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n\n", /MIME/],
    ["a MIME message with other headers", "From: a\nSubject: b\nMime-Version: 1.0\n\n", /MIME/],
    ["a message of a mailbox", "From ada Thu Jan  1 00:00:00 1970\nTo: b\n\n", /MIME/],
    ["gzip", "\u001f\ufffd\b\u0000", /gzip.*unpack/],
    ["gzip in base64", "H4sIAAAAAAAAA0vOyS9N0U3Oz0vLTAcAVN", /gzip.*decode/],
    ["base64", Buffer.from("#cloud-config\na: 1\n").toString("base64"), /base64/],
    ["a template that is no YAML", "## template: jinja\n{% if a %}\na: 1\n", /before.*expands/],
  ];
  for (const [what, text, reason] of forms) {
    it(`refuses ${what}, with the reason`, () => {
      const { problems } = generate(own(text));
      assert.ok(
        problems.some((problem) => problem.path === "userData" && reason.test(problem.reason)),
      );
    });
  }

  testWarnings([
    [
      "a password of a locked account",
      account({ hashed_passwd: "$6$s$x" }),
      /users\[1\].*lock_passwd: false/,
    ],
    [
      "a text in place of a hash",
      account({ "hashed-passwd": "secret", lock_passwd: false }),
      /users\[1\]\.hashed_passwd is not/,
    ],
  ]);

  const silent: readonly (readonly [what: string, given: Given])[] = [
    ["an account without a password", account({ lock_passwd: false })],
    ["an empty password", account({ passwd: "", hashed_passwd: null, lock_passwd: false })],
    ["an account that is locked on purpose", account({ passwd: "!" })],
    ["a name alone", own({ users: "a,b" })],
  ];
  for (const [what, given] of silent) {
    it(`does not warn of ${what}: nobody can log in with an empty password`, () =>
      assert.doesNotMatch(generate(given).warnings.join(), /log in|does not work/));
  }

  it("does not call an account locked whose password is set after its creation", () => {
    for (const chpasswd of [{ list: ["a:RANDOM"] }, { users: [{ name: "a", type: "RANDOM" }] }]) {
      const users = [{ name: "a", passwd: "$6$s$x" }];
      assert.doesNotMatch(generate(own({ users, chpasswd })).warnings.join(), /lock_passwd/);
    }
  });

  it("names no file that only Kairos writes", () => {
    const { warnings } = generate(account({ hashed_passwd: "$6$s$x", lock_passwd: false }));
    assert.match(warnings.join(), /read these values of the user-data: users/);
    assert.doesNotMatch(warnings.join(), /90_custom/);
  });
});
