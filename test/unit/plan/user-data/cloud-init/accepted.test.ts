import assert from "node:assert/strict";
import { hashPassword } from "../../../../../provider/plan/user-data/password-hash";
import { renderUserData } from "../../../../../provider/plan/user-data/write-yaml";
import { documentOf, generate } from "../generated";

const generic = { reader: "generic" } as const;
const users = [{ name: "ops", passwordHash: "$6$s$x" }];
const ops = {
  name: "ops",
  groups: ["admin", "sudo"],
  passwd: "$6$s$x",
  lock_passwd: false,
  shell: "/bin/bash",
};

describe("a cloud-config for an installer that is not Kairos", () => {
  const forms: readonly (readonly [what: string, users: string, expected: readonly unknown[]])[] = [
    ["a list of names and maps", "[default, {name: a}]", ["default", { name: "a" }]],
    ["names in one text", "a, b,,default", ["a", "b", "default"]],
    [
      "a map of accounts and switches",
      "{a: {uid: 7}, b: true, c: false, d: 'on'}",
      [{ name: "a", uid: 7 }, "b", "d"],
    ],
    ["a list of lists", "[[a, b]]", [["a", "b"]]],
    ["null", "", []],
    ["an empty list", "[]", []],
  ];
  for (const [what, value, expected] of forms) {
    it(`keeps users of the user's own beside \`users\`: ${what}`, () => {
      const document = documentOf({ ...generic, users, userData: `users: ${value}\n` });
      assert.deepEqual(document.users, [ops, ...expected]);
    });
  }

  it("keeps `users` as they are written if no users are generated", () => {
    for (const value of [null, [], "a,b", { a: true }]) {
      assert.deepEqual(documentOf({ ...generic, userData: { users: value } }).users, value);
    }
  });

  it("takes groups as text, as a list and as a map, with any spelling of an account's keys", () => {
    const text = `
groups: [admin, {wheel: [a, b]}]
users:
  - {name: a, groups: "users, admin", lock-passwd: false, hashed-passwd: $6$s$x}
  - {name: b, groups: [users], sudo: ["ALL=(ALL) ALL"], ssh_import_id: gh:b}
  - {name: c, groups: {users: null}, ssh_authorized_keys: ssh-rsa C, sudo: null}
chpasswd: {expire: false, users: [{name: a, password: x, type: text}, {name: b, type: RANDOM}]}
`;
    const { problems } = generate({ ...generic, userData: text });
    assert.deepEqual(problems, []);
  });

  it("takes null for the keys of an account that cloud-init then ignores", () => {
    for (const key of ["uid", "doas", "ssh_redirect_user", "groups", "lock_passwd", "shell"]) {
      const userData = { users: [{ name: "a", [key]: null }] };
      assert.deepEqual(generate({ ...generic, userData }).problems, [], key);
    }
  });

  it("hashes a plain `passwd`, which cloud-init takes for a hash", () => {
    const { users: own } = documentOf({
      ...generic,
      userData: { users: { a: { passwd: "pw", lock_passwd: false } } },
    });
    assert.deepEqual(own, { a: { passwd: hashPassword("a", "pw"), lock_passwd: false } });
  });

  it("keeps the header of a template, and its expressions free of escapes", () => {
    const text = `## template: jinja
#cloud-config
hostname: 'node-{{ ds.meta_data["id"] }}'
fqdn: "{{ v1.local_hostname }}.lan"
`;
    const document = documentOf({ ...generic, userData: text });
    assert.equal(
      renderUserData({ ...document, install: {} }),
      `## template: jinja
#cloud-config
fqdn: "{{ v1.local_hostname }}.lan"
hostname: 'node-{{ ds.meta_data["id"] }}'
install: {}
`,
    );
  });

  it("takes texts of a template as they are, because their content is known only inside the machine", () => {
    const own = `
write_files: [{path: /a, permissions: "{{ v1.x }}", encoding: "{% if a %}b64{% endif %}"}]
chpasswd: {list: ["{{ ds.login }}"], users: [{name: a, password: x, type: "{{ v1.x }}"}]}
users: [{name: a, ssh_redirect_user: "{{ v1.x }}", plain_text_passwd: "{{ v1.x }}"}]
`;
    const read = (header: string) =>
      generate({ ...generic, userData: `${header}#cloud-config${own}` }).problems;
    assert.deepEqual(read("## template: jinja\n"), []);
    assert.equal(read("").length, 5);
  });

  it("takes a template's text only where a text is taken", () => {
    const userData = '## template: jinja\nusers: [{name: a, lock_passwd: "{{ v1.x }}"}]\n';
    const { problems } = generate({ ...generic, userData });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["userData.users[0].lock_passwd"],
    );
  });

  it("may begin with keys that are also headers of a mail", () => {
    for (const key of ["from", "content-type", "MIME-Version", "From", "from: a\nto"]) {
      assert.deepEqual(
        generate({ ...generic, userData: `${key}: a\nruncmd: [date]\n` }).problems,
        [],
      );
    }
  });

  it("keeps a binary value: as text if it is text, else as bytes", () => {
    const text =
      "write_files:\n- {path: /a, content: !!binary aGk=}\n- {path: /b, content: !!binary /wA=}\n";
    const document = documentOf({ ...generic, userData: text });
    assert.deepEqual(document.write_files, [
      { path: "/a", content: "hi" },
      { path: "/b", content: { "!!binary": "/wA=" } },
    ]);
    assert.match(renderUserData(document), /content: !!binary "\/wA="$/m);
  });
});

describe("a cloud-config for an installer that may be a Kairos one", () => {
  it("names the other kind in problems that only Kairos has", () => {
    const [problem] = generate({ userData: { users: null } }).problems;
    assert.match(problem?.reason ?? "", /^is null.*`installer.kind` to "generic"$/);
  });

  it("does not name it in problems of every kind", () => {
    const [problem] = generate({ userData: "a: yes\n" }).problems;
    assert.doesNotMatch(problem?.reason ?? "", /installer.kind/);
  });

  it("warns that a Kairos installer does not expand a template", () => {
    const { warnings } = generate({ userData: "## template: jinja\n#cloud-config\na: b\n" });
    assert.match(warnings.join(), /template: jinja/);
  });
});

describe("keys with the name of a member that every object inherits", () => {
  const names = [...Object.getOwnPropertyNames(Object.prototype), " valueOf", "--proto--"];
  const places: Readonly<Record<string, (member: object) => object>> = {
    "a user": (member) => ({ users: [{ name: "a", ...member }] }),
    "a user of a map": (member) => ({ users: { a: member } }),
    "the map of users": (member) => ({ users: member }),
    "the document": (member) => member,
    chpasswd: (member) => ({ chpasswd: member }),
    "a file": (member) => ({ write_files: [{ path: "/a", ...member }] }),
  };
  for (const [place, documentWith] of Object.entries(places)) {
    it(`are of no meaning in ${place}`, () => {
      for (const name of names) {
        const value: unknown = place === "the map of users" ? {} : "x";
        // A computed key, because `__proto__` as a literal one sets the prototype.
        const text = JSON.stringify(documentWith(Object.fromEntries([[name, value]])));
        assert.deepEqual(generate({ ...generic, userData: text }).problems, [], name);
      }
    });
  }
});
