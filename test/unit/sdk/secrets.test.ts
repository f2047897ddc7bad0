import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { withSecrets } from "../../../sdk/secrets";

/** Property paths of the secrets that remain in the arguments. */
async function secretPaths(value: unknown, at = ""): Promise<string[]> {
  if (pulumi.Output.isInstance(value)) {
    if (await pulumi.isSecret(value)) return [at];
    const inner = new Promise((resolve) => value.apply(resolve));
    return secretPaths(await inner, at);
  }
  if (value instanceof Promise) return secretPaths(await value, at);
  if (typeof value !== "object" || value === null) return [];
  const paths = await Promise.all(
    Object.entries(value).map(([key, member]) =>
      secretPaths(member, at === "" ? key : `${at}.${key}`),
    ),
  );
  return paths.flat();
}

const args = {
  installer: { url: "https://h/a.iso", sha256: "ab", headers: { authorization: "Bearer t" } },
  palette: {
    endpoint: "api",
    edgeHostToken: "t",
    projectName: "p",
    httpProxy: "http://proxy:3128",
  },
  users: [
    { name: "ada", password: "p", sshAuthorizedKeys: ["k"] },
    { name: "eve", passwordHash: "h" },
  ],
  userData: { stages: { boot: [{ commands: ["x"] }] } },
  machine: { firmware: "uefi", cpus: 4 },
  formats: ["raw", { type: "ova", cpus: 2, extraConfig: { "guestinfo.userdata": "x" } }],
  publishTo: [
    { type: "directory", path: "a" },
    {
      type: "s3",
      bucket: "b",
      accessKeyId: "i",
      secretAccessKey: "s",
      sessionToken: "t",
      kmsKeyId: "k",
    },
    { type: "http", url: "https://h/a", headers: { Authorization: "Bearer t" }, headersFile: "f" },
    { type: "oci", repository: "h.x/a", username: "u", password: "p" },
    { type: "vsphere", server: "vc", library: "l", username: "u", password: "p", thumbprint: "t" },
  ],
};
const expected = [
  "installer.headers",
  "palette.edgeHostToken",
  "users.0.password",
  "users.1.passwordHash",
  "userData",
  "formats.1.extraConfig",
  "publishTo.1.accessKeyId",
  "publishTo.1.secretAccessKey",
  "publishTo.1.sessionToken",
  "publishTo.2.headers",
  "publishTo.3.username",
  "publishTo.3.password",
  "publishTo.4.username",
  "publishTo.4.password",
];

describe("withSecrets", () => {
  it("marks every secret at any depth and in lists, and nothing else", async () => {
    assert.deepEqual(await secretPaths(withSecrets(args)), expected);
  });

  it("marks secrets inside outputs and promises", async () => {
    const wrapped = {
      palette: pulumi.output({ endpoint: "api", edgeHostToken: "t" }),
      users: Promise.resolve([{ name: "ada", password: "p" }]),
      publishTo: [pulumi.output({ type: "s3", secretAccessKey: "s" })],
      userData: pulumi.output("#cloud-config"),
    };
    assert.deepEqual(await secretPaths(withSecrets(wrapped)), [
      "palette.edgeHostToken",
      "users.0.password",
      "publishTo.0.secretAccessKey",
      "userData",
    ]);
  });

  const addresses: readonly (readonly [unknown, boolean])[] = [
    ["https://h/a.iso", false],
    ["https://h/a.iso?X-Amz-Signature=1", true],
    ["HTTPS://h/a.iso?sig=1", true],
    ["https://me:pw@h/a.iso", true],
    ["http://me:pw@proxy:3128", true],
    ["https://h/a@b.iso", false],
    ["https://h/a.iso?", false],
    ["images/a.iso?", false],
    ["plain text", false],
  ];
  for (const [address, secret] of addresses) {
    it(`${secret ? "marks" : "does not mark"} ${String(address)} as a secret`, async () => {
      assert.deepEqual(
        await secretPaths(withSecrets({ installer: address })),
        secret ? ["installer"] : [],
      );
      assert.deepEqual(
        await secretPaths(withSecrets({ installer: { url: address } })),
        secret ? ["installer.url"] : [],
      );
    });
  }

  it("does not change values", async () => {
    const values = await new Promise((resolve) => pulumi.output(withSecrets(args)).apply(resolve));
    assert.deepEqual(values, args);
  });

  it("keeps undefined, without marking it", async () => {
    const none = {
      palette: undefined,
      userData: undefined,
      users: [{ name: "a", password: undefined }],
    };
    assert.deepEqual(withSecrets(none), none);
    assert.deepEqual(await secretPaths(withSecrets(none)), []);
  });
});
