import assert from "node:assert/strict";
import { generateUserData } from "../../../../provider/plan/user-data/generate";
import { noPasswordHash } from "../../../../provider/plan/user-data/password-hash";
import { renderUserData } from "../../../../provider/plan/user-data/write-yaml";
import { askCloudInit, createdAccounts, type CreatedAccount } from "./cloud-init-oracle";
import { cloudConfigs } from "./cloud-configs";

const publicKey = (fill: number): string => {
  const type = Buffer.from("ssh-ed25519");
  const size = (bytes: number) => Buffer.from([0, 0, 0, bytes]);
  const body = Buffer.concat([size(type.length), type, size(32), Buffer.alloc(32, fill)]);
  return `ssh-ed25519 ${body.toString("base64")} a@b`;
};
const [first, second] = [publicKey(1), publicKey(2)];
const users = [
  { name: "ops", password: "pw-of-ops", sshAuthorizedKeys: [first] },
  { name: "key", sshAuthorizedKeys: [second] },
];

function generate(userData: string | object, reader: "generic" | "site" = "generic") {
  return generateUserData({ users, userData, reader, singleHost: true });
}

const textOf = (userData: string | object): string => {
  const { document, problems } = generate(userData);
  assert.deepEqual(problems, []);
  return renderUserData(document);
};

/** The accounts of `users` as every document must give them. */
function assertUsers(accounts: ReadonlyMap<string, CreatedAccount>): void {
  const [ops, key] = [accounts.get("ops"), accounts.get("key")];
  assert.match(ops?.password ?? "", /^\$6\$rounds=/);
  assert.deepEqual([ops?.locked, ops?.keys], [false, [first]]);
  assert.deepEqual([key?.password, key?.locked], [noPasswordHash, true]);
  assert.deepEqual([key?.groups, key?.keys], [["admin", "sudo"], [second]]);
}

/** cloud-init hands these values on as they are, to useradd and to sudo, which refuse them. */
const refusedLater = /\.(?:uid|sudo\[0\])$/;

describe("cloud-init's own modules", () => {
  const forms: readonly (readonly [form: string, userData: string | object, names: string])[] = [
    ["no users", {}, "key ops"],
    ["names and the default user", "users: [default, a]\n", "a debian key ops"],
    ["names in a text", "users: a, b\n", "a b key ops"],
    ["a map", "users: {a: true, b: {uid: 7}, c: false}\n", "a b key ops"],
    ["a list of lists", "users: [[a, b]]\n", "a b key ops"],
    ["null", "users:\n", "key ops"],
    ["an older key", "user: {name: boss}\nusers: [default]\n", "boss key ops"],
  ];
  for (const [form, userData, names] of forms) {
    it(`create the generated users and those of the user's own: ${form}`, async () => {
      const [answer] = await askCloudInit([textOf(userData)]);
      assert.deepEqual(answer?.errors, {});
      const accounts = createdAccounts(answer);
      assertUsers(accounts);
      assert.equal([...accounts.keys()].sort().join(" "), names);
    });
  }

  it("create the users of a site seed, whose stages only Kairos reads", async () => {
    const { document, problems } = generate({ hostname: "store-7" }, "site");
    assert.deepEqual(problems, []);
    assert.notEqual(document.stages, undefined);
    const [answer] = await askCloudInit([renderUserData(document)]);
    assert.deepEqual(answer?.errors, {});
    assertUsers(createdAccounts(answer));
  });

  it("write the bytes of a binary value, and the text of a text", async () => {
    const text = textOf(
      "write_files:\n- {path: /b, content: !!binary /wA=}\n- {path: /t, content: !!binary aMO2}\n",
    );
    const [answer] = await askCloudInit([text]);
    const files = (answer?.calls ?? []).filter(([kind, path]) => kind === "file" && path !== "/x");
    assert.deepEqual(
      files.map(([, path, content]) => [path, content]),
      [
        ["/b", "\u00ff\u0000"],
        ["/t", "hö"],
      ],
    );
  });

  it("expand a template whose header is kept", async () => {
    const text = textOf(
      `## template: jinja\n#cloud-config\nruncmd:\n- 'echo {{ ds.meta_data["id"] }}'\n- "echo {{ v1.local_hostname }}"\n`,
    );
    const [answer] = await askCloudInit([text]);
    assert.equal(answer?.type, "rendered text/cloud-config");
    const script = answer.calls.find(([, path]) => String(path).endsWith("/runcmd"));
    assert.match(String(script?.[2]), /^echo 7\necho h$/m);
  });

  it("take every document that is accepted, and stop at what is refused", async () => {
    const documents = cloudConfigs(600);
    const parts = documents.map((document) => generate(document));
    const answers = await askCloudInit(
      parts.map(({ document, problems }, index) =>
        // Of a refused document as the user wrote it.
        renderUserData(problems.length === 0 ? document : documents[index]!),
      ),
    );
    const judged = parts.map(({ problems }, index) => ({
      document: documents[index],
      paths: problems.map(({ path }) => path),
      ...answers[index]!,
    }));
    const accepted = judged.filter(({ paths }) => paths.length === 0);
    const lost = accepted.filter(({ errors }) => Object.keys(errors).length > 0);
    assert.deepEqual(lost, []);
    const taken = judged.filter(({ paths, errors, warned, schema }) => {
      const complaints = [...warned.filter((line) => !line.startsWith("DEPREC")), ...schema];
      const isTaken = Object.keys(errors).length + complaints.length === 0;
      return paths.some((path) => !refusedLater.test(path)) && isTaken;
    });
    assert.deepEqual(taken, []);
    for (const answer of accepted) assertUsers(createdAccounts(answer));
    assert.ok(accepted.length > 150 && accepted.length < 500, `${accepted.length} accepted`);
  });
});
