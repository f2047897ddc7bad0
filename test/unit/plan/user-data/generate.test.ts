import assert from "node:assert/strict";
import { userDataDigest } from "../../../../provider/plan/user-data/generate";
import { noPasswordHash } from "../../../../provider/plan/user-data/password-hash";
import { documentOf, generate, palette, testRefusals, testWarnings } from "./generated";
import { publicKey } from "./public-key";

describe("problems of the user-data", () => {
  testRefusals([
    ["null", { userData: "stages:\n  boot:\n" }, "userData.stages.boot", /null/],
    ["an empty list", { userData: { stages: { boot: [] } } }, "userData.stages.boot", /empty list/],
    ["stages that are no map", { userData: { stages: [{ boot: "x" }] } }, "userData.stages", /map/],
    [
      "a stage without its list",
      { userData: { stages: { boot: { users: {} } } } },
      "userData.stages.boot",
      /must be a list/,
    ],
    ["a stylus that is no map", { userData: { stylus: "x" } }, "userData.stylus", /map/],
    [
      "more than the installer reads",
      { userData: { a: "x".repeat(1_000_001) } },
      "userData",
      /bytes/,
    ],
  ]);

  it("reports all problems at once", () => {
    const { problems } = generate({
      palette: { endpoint: "a b", caCerts: ["x"] },
      users: [{ name: "a", password: "\n" }],
      userData: {
        install: { reboot: true, device: "/dev/sda" },
        stylus: { site: { name: "n", tags: null } },
      },
    });
    assert.deepEqual(problems.map(({ path }) => path).sort(), [
      "palette.caCerts[0]",
      "palette.edgeHostToken",
      "palette.endpoint",
      "userData.install.device",
      "userData.install.reboot",
      "userData.stylus.site.name",
      "userData.stylus.site.tags",
      "users[0].password",
    ]);
  });

  it("quotes no secret in a problem", () => {
    const { problems } = generate({
      palette: { ...palette, edgeHostToken: "s3cret", caCerts: ["s3cret!"] },
      users: [{ name: "a", password: "s3cret\n", sshAuthorizedKeys: ["s3cret\nPRIVATE KEY-----"] }],
      userData: 'a: "s3cret\nb: [s3cret\n- s3cret: s3cret: x\n\t*s3cret\n',
    });
    assert.ok(problems.length >= 4);
    assert.doesNotMatch(JSON.stringify(problems), /s3cret/);
  });
});

describe("the notice of secrets in plain text", () => {
  testWarnings([
    ["the token in the image", { palette }, /90_custom\.yaml\): stylus\.site\.edgeHostToken\./],
    ["hashes in the image", { users: [{ name: "a", passwordHash: "$6$s$x" }] }, /users\.a\.passwd/],
    [
      "registry credentials in the image",
      {
        userData: {
          stylus: { managementMode: "local", registryCredentials: { domain: "d", password: "p" } },
        },
      },
      /stylus\.registryCredentials/,
    ],
  ]);

  it("is absent if there are no secrets", () => assert.deepEqual(generate({}).warnings, []));

  it("names the property paths, never the values", () => {
    const given = {
      palette: { ...palette, edgeHostToken: "s3cret", httpProxy: "http://u:s3cret@p" },
      users: [{ name: "a", password: "s3cret" }],
    };
    const text = JSON.stringify(generate(given).warnings);
    assert.match(text, /edgeHostToken.*httpProxy|httpProxy.*edgeHostToken/);
    assert.doesNotMatch(text, /s3cret|\$6\$/);
  });
});

describe("generateUserData: an installer that is not Kairos", () => {
  const generic = { reader: "generic" } as const;

  it("gets the power-off keys, and no keys of Kairos", () =>
    assert.deepEqual(documentOf(generic), { install: { poweroff: true, reboot: false } }));

  it("keeps the user's own values, including null and empty lists", () => {
    const userData = { install: { reboot: true, device: "/dev/sda" }, a: null, b: [] };
    assert.deepEqual(documentOf({ ...generic, userData }), {
      ...userData,
      install: { poweroff: true, reboot: true, device: "/dev/sda" },
    });
    assert.deepEqual(documentOf({ ...generic, userData: { install: "x" } }), { install: "x" });
  });

  it("gets users in cloud-init's list, beside those of the user's own", () => {
    const { users } = documentOf({
      ...generic,
      users: [
        { name: "a", passwordHash: "$6$s$x" },
        { name: "b", sshAuthorizedKeys: [publicKey] },
      ],
      userData: { users: ["default"] },
    });
    const common = { groups: ["admin", "sudo"], shell: "/bin/bash" };
    assert.deepEqual(users, [
      { name: "a", ...common, passwd: "$6$s$x", lock_passwd: false },
      {
        name: "b",
        ...common,
        passwd: noPasswordHash,
        lock_passwd: true,
        ssh_authorized_keys: [publicKey],
      },
      "default",
    ]);
  });
});

describe("userDataDigest", () => {
  const digest = (userData: string | object) => userDataDigest(documentOf({ userData }));

  it("does not count comments, the order of keys, or whether text or an object was given", () => {
    const expected = digest({ a: { b: 1, c: "x" }, d: [1, 2] });
    assert.match(expected, /^[0-9a-f]{64}$/);
    assert.equal(digest("#cloud-config\n# why\nd: [1, 2]\na:\n  c: x\n  b: 1\n"), expected);
  });

  it("counts values and the order of lists", () => {
    const digests = [{ a: [1, 2] }, { a: [2, 1] }, { a: ["1", 2] }, { a: [1] }].map(digest);
    assert.equal(new Set(digests).size, 4);
  });

  it("is pinned, because a change would rebuild every image", () =>
    assert.equal(
      userDataDigest({ install: { poweroff: true } }),
      "d920bf9eada68ddfb3db3c86da8c0df28d0aa8454d781112421ef10ccf6accf3",
    ));
});
