import assert from "node:assert/strict";
import type { JsonMap } from "../../../../provider/base/json";
import { hashPassword, noPasswordHash } from "../../../../provider/plan/user-data/password-hash";
import {
  generateUserData,
  maskUserData,
  renderUserData,
  seedFiles,
  userDataDigest,
  type UserDataInput,
} from "../../../../provider/plan/user-data/generate";
import { paletteSchema, type PaletteSpec } from "../../../../provider/schema/palette";

type Given = Partial<Omit<UserDataInput, "palette">> & { readonly palette?: object };

const palette = { endpoint: "api.spectrocloud.com", edgeHostToken: "t0ken" };

function generate({ palette: given, ...rest }: Given) {
  const parsed: PaletteSpec | undefined = given && paletteSchema.parse(given);
  return generateUserData({ installerKind: "auto", singleHost: false, palette: parsed, ...rest });
}

function documentOf(given: Given): JsonMap {
  const { document, problems } = generate(given);
  assert.deepEqual(problems, []);
  return document;
}

describe("generateUserData: the install block", () => {
  const unattended = { poweroff: true, reboot: false };
  const admin = { stages: { boot: [{ users: { a: { passwd: "*", groups: ["admin"] } } }] } };
  const blocks: readonly (readonly [string, Given, object])[] = [
    [
      "starts a plain Kairos by itself and lets nobody log in",
      {},
      { ...unattended, auto: true, device: "auto", nousers: true },
    ],
    [
      "treats kind kairos as auto",
      { installerKind: "kairos" },
      { ...unattended, auto: true, device: "auto", nousers: true },
    ],
    ["leaves the start to Palette's plug-in", { palette }, { ...unattended, nousers: true }],
    [
      "knows Palette by a stylus map of the user's own",
      { userData: { stylus: { managementMode: "local" } } },
      { ...unattended, nousers: true },
    ],
    [
      "says no nousers with users",
      { users: [{ name: "a", passwordHash: "$6$s$x" }] },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "says no nousers where a stage of the user's own makes an administrator",
      { userData: admin },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "finds an administrator by primary group",
      {
        userData: { stages: { boot: [{ users: { a: { passwd: "*", primary_group: "admin" } } }] } },
      },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "finds an administrator in cloud-init's list",
      { userData: { users: [{ name: "a", passwd: "*", groups: ["admin"] }] } },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "counts no user outside of admin",
      { userData: { stages: { boot: [{ users: { a: { passwd: "*", groups: ["sudo"] } } }] } } },
      { ...unattended, auto: true, device: "auto", nousers: true },
    ],
    [
      "keeps what the user adds",
      { userData: { install: { "no-format": true, device: "/dev/vda", reboot: false } } },
      { ...unattended, auto: true, device: "/dev/vda", nousers: true, "no-format": true },
    ],
  ];
  for (const [rule, given, install] of blocks) {
    it(rule, () => assert.deepEqual(documentOf(given).install, install));
  }

  it("adds no stage, no user and no login of its own", () =>
    assert.deepEqual(Object.keys(documentOf({})), ["install"]));
});

describe("generateUserData: what it refuses", () => {
  const installs: readonly (readonly [string, Given, string, RegExp])[] = [
    [
      "reboot: true",
      { userData: { install: { reboot: true } } },
      "userData.install.reboot",
      /power-off/,
    ],
    [
      "reboot as text",
      { userData: { install: { reboot: "yes" } } },
      "userData.install.reboot",
      /true or false/,
    ],
    [
      "poweroff: false",
      { userData: "install:\n  poweroff: false\n" },
      "userData.install.poweroff",
      /powers off/,
    ],
    [
      "auto: false without Palette",
      { userData: { install: { auto: false } } },
      "userData.install.auto",
      /waits/,
    ],
    [
      "nousers: false with nobody in admin",
      { userData: { install: { nousers: false } } },
      "userData.install.nousers",
      /admin/,
    ],
    [
      "a disk that the machine does not have",
      { userData: { install: { device: "/dev/sda" } } },
      "userData.install.device",
      /\/dev\/vda/,
    ],
    [
      "encrypted partitions",
      { userData: { install: { encrypted_partitions: ["COS_PERSISTENT"] } } },
      "userData.install.encrypted_partitions",
      /TPM/,
    ],
    [
      "an install that is no map",
      { userData: { install: "auto" } },
      "userData.install",
      /must be a map/,
    ],
    ["null", { userData: "stages:\n  boot:\n" }, "userData.stages.boot", /null/],
    ["an empty list", { userData: { stages: { boot: [] } } }, "userData.stages.boot", /empty list/],
    ["stages that are no map", { userData: { stages: [{ boot: "x" }] } }, "userData.stages", /map/],
    [
      "a stage without its list",
      { userData: { stages: { boot: { users: {} } } } },
      "userData.stages.boot",
      /list of maps/,
    ],
    ["a stylus that is no map", { userData: { stylus: "x" } }, "userData.stylus", /map/],
  ];
  const sites: readonly (readonly [string, Given, string, RegExp])[] = [
    [
      "a central Palette with neither token nor URL",
      { palette: { endpoint: "a.b" } },
      "palette.edgeHostToken",
      /palette\.registrationUrl/,
    ],
    [
      "a site of the user's own with neither",
      { userData: { stylus: { site: { paletteEndpoint: "a.b" } } } },
      "userData.stylus.site.edgeHostToken",
      /registrationURL/,
    ],
    [
      "an empty token",
      { userData: { stylus: { site: { edgeHostToken: "" } } } },
      "userData.stylus.site.edgeHostToken",
      /missing/,
    ],
    [
      "a fixed host ID",
      { palette, userData: { stylus: { site: { name: "edge-1" } } } },
      "userData.stylus.site.name",
      /singleHost/,
    ],
    [
      "an endpoint with a path",
      { palette: { ...palette, endpoint: "https://a.b/c" } },
      "palette.endpoint",
      /host/,
    ],
    [
      "an endpoint over http",
      { palette: { ...palette, endpoint: "http://a.b" } },
      "palette.endpoint",
      /https/,
    ],
    [
      "a CA certificate that is none",
      { palette: { ...palette, caCerts: ["hello"] } },
      "palette.caCerts[0]",
      /PEM/,
    ],
    [
      "a private key as CA certificate",
      { palette: { ...palette, caCerts: ["-----BEGIN PRIVATE KEY-----\n"] } },
      "palette.caCerts[0]",
      /private key/,
    ],
  ];
  const user = { name: "a", password: "x" };
  const users: readonly (readonly [string, Given, string, RegExp])[] = [
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
      { users: [{ name: "a", sshAuthorizedKeys: ["ssh-rsa A\nssh-rsa B"] }] },
      "users[0].sshAuthorizedKeys[0]",
      /one line/,
    ],
    [
      "a password of the user's own with a line break",
      { userData: { stages: { boot: [{ users: { a: { passwd: "x\n" } } }] } } },
      "userData.stages.boot[0].users.a.passwd",
      /line break/,
    ],
    [
      "a password of the user's own that is no text",
      { userData: { users: [{ name: "a", passwd: true }] } },
      "userData.users[0].passwd",
      /text/,
    ],
    [
      "groups in one text",
      { userData: { stages: { boot: [{ users: { a: { passwd: "*", groups: "admin" } } }] } } },
      "userData.stages.boot[0].users.a.groups",
      /list/,
    ],
    [
      "a mode that lacks its zero",
      { userData: { stages: { boot: [{ files: [{ permissions: 644 }] }] } } },
      "userData.stages.boot[0].files[0].permissions",
      /0644/,
    ],
    [
      "more than the installer reads",
      { userData: { a: "x".repeat(1_000_001) } },
      "userData",
      /bytes/,
    ],
  ];
  for (const [what, given, path, reason] of [...installs, ...sites, ...users]) {
    it(`refuses ${what}, with its path`, () => {
      const { problems } = generate(given);
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]!.reason, reason);
    });
  }

  it("names all problems at once", () => {
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

  it("says no secret in a problem", () => {
    const { problems } = generate({
      palette: { ...palette, edgeHostToken: "s3cret", caCerts: ["s3cret!"] },
      users: [{ name: "a", password: "s3cret\n", sshAuthorizedKeys: ["s3cret\nPRIVATE KEY-----"] }],
      userData: 'a: "s3cret\nb: [s3cret\n- s3cret: s3cret: x\n\t*s3cret\n',
    });
    assert.ok(problems.length >= 4);
    assert.doesNotMatch(JSON.stringify(problems), /s3cret/);
  });
});

describe("generateUserData: Palette", () => {
  it("writes the stylus block in the installer's words", () => {
    const document = documentOf({
      palette: {
        ...palette,
        registrationUrl: "https://r.example/?a=b",
        projectName: "Default",
        projectUid: "u1",
        managementMode: "central",
        caCerts: ["-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"],
        insecureSkipVerify: true,
        tags: { city: "chicago" },
        httpProxy: "http://p:1",
        httpsProxy: "http://p:2",
        noProxy: "10.0.0.0/8",
        debug: true,
      },
    });
    assert.deepEqual(document.stylus, {
      debug: true,
      site: {
        paletteEndpoint: "api.spectrocloud.com",
        edgeHostToken: "t0ken",
        registrationURL: "https://r.example/?a=b",
        projectName: "Default",
        projectUid: "u1",
        caCerts: ["-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"],
        insecureSkipVerify: true,
        tags: { city: "chicago" },
        network: { httpProxy: "http://p:1", httpsProxy: "http://p:2", noProxy: "10.0.0.0/8" },
      },
    });
  });

  for (const endpoint of [
    "a.example:8443",
    "https://a.example:8443",
    "HTTPS://a.example:8443//",
    " a.example:8443/ ",
  ]) {
    it(`writes the endpoint "${endpoint}" as a host`, () => {
      const { site } = documentOf({ palette: { ...palette, endpoint } }).stylus as JsonMap;
      assert.equal((site as JsonMap).paletteEndpoint, "a.example:8443");
    });
  }

  it("wants neither token nor URL in local mode", () =>
    assert.deepEqual(documentOf({ palette: { endpoint: "a.b", managementMode: "local" } }).stylus, {
      managementMode: "local",
      site: { paletteEndpoint: "a.b" },
    }));

  for (const [form, certificate] of [
    ["PEM in base64", Buffer.from("-----BEGIN CERTIFICATE-----\nMII\n").toString("base64")],
    ["DER in base64", Buffer.from([0x30, 0x82, 1, 2, 3]).toString("base64")],
  ] as const) {
    it(`accepts a CA certificate as ${form}`, () =>
      assert.deepEqual(generate({ palette: { ...palette, caCerts: [certificate] } }).problems, []));
  }

  it("allows a fixed host ID in an image for one host, and a random one in every image", () => {
    const named = (name: string): Given => ({ palette, userData: { stylus: { site: { name } } } });
    documentOf({ ...named("edge-1"), singleHost: true });
    documentOf(named("$random"));
  });

  it("takes the token from the user's own stylus.site too", () => {
    documentOf({
      palette: { endpoint: "a.b" },
      userData: { stylus: { site: { edgeHostToken: "t" } } },
    });
  });
});

describe("generateUserData: users", () => {
  it("creates them in the initramfs stage, before the user's own steps", () => {
    const document = documentOf({
      users: [
        {
          name: "kairos",
          password: "pw",
          groups: ["docker", "admin"],
          sshAuthorizedKeys: [" ssh-ed25519 A a@b\n"],
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
              ssh_authorized_keys: ["ssh-ed25519 A a@b"],
            },
            ops: { groups: ["admin", "sudo"], passwd: "$y$j9T$s$x" },
          },
        },
        { commands: ["true"] },
      ],
    });
  });

  it("gives a user with keys only a password that matches nothing, not an empty one", () => {
    const text = renderUserData(
      documentOf({ users: [{ name: "a", sshAuthorizedKeys: ["ssh-rsa A"] }] }),
    );
    assert.ok(text.includes(`passwd: "${noPasswordHash}"`));
  });

  it("hashes plain passwords of the user's own stages and list, and nothing else", () => {
    const passwords = {
      plain: "pw",
      odd: "$money",
      hashed: "$6$s$x",
      locked: "!",
      none: "*",
      template: "{{ .Values.x }}",
      digits: 1234,
    };
    const users = Object.fromEntries(
      Object.entries(passwords).map(([name, passwd]) => [name, { passwd }]),
    );
    const document = documentOf({
      userData: { stages: { "after-install": [{ users }] }, users: [{ name: "l", passwd: "pw" }] },
    });
    const [step] = (
      document.stages as { "after-install": [{ users: Record<string, { passwd: string }> }] }
    )["after-install"];
    assert.deepEqual(
      Object.fromEntries(Object.entries(step.users).map(([name, { passwd }]) => [name, passwd])),
      {
        ...passwords,
        plain: hashPassword("plain", "pw"),
        odd: hashPassword("odd", "$money"),
        digits: hashPassword("digits", "1234"),
      },
    );
    assert.deepEqual(document.users, [{ name: "l", passwd: hashPassword("l", "pw") }]);
  });

  it("lets no plain password into the document", () => {
    const document = documentOf({
      users: [{ name: "a", password: "s3cret-one" }],
      userData: "stages:\n  boot:\n    - users:\n        b:\n          passwd: s3cret-two\n",
    });
    assert.doesNotMatch(JSON.stringify(document), /s3cret/);
  });
});

describe("generateUserData: file modes", () => {
  it("are numbers in stages, however they are written", () => {
    const text =
      'stages:\n  boot:\n    - files:\n        - {path: a, permissions: 0644}\n        - {path: b, permissions: 0o600}\n        - {path: c, permissions: "0755"}\n';
    const [step] = (documentOf({ userData: text }).stages as { boot: [{ files: [] }] }).boot;
    assert.deepEqual(step.files, [
      { path: "a", permissions: 0o644 },
      { path: "b", permissions: 0o600 },
      { path: "c", permissions: 0o755 },
    ]);
  });

  it("are octal text in cloud-init's write_files", () =>
    assert.deepEqual(
      documentOf({ userData: { write_files: [{ path: "a", permissions: 0o644 }] } }).write_files,
      [{ path: "a", permissions: "0644" }],
    ));
});

describe("generateUserData: an installer that is not Kairos", () => {
  const generic = { installerKind: "generic" } as const;

  it("gets the power-off keys and nothing that only Kairos knows", () =>
    assert.deepEqual(documentOf(generic), { install: { poweroff: true, reboot: false } }));

  it("keeps the user's own word, null and empty lists too", () => {
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
        { name: "b", sshAuthorizedKeys: ["ssh-rsa B"] },
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
        ssh_authorized_keys: ["ssh-rsa B"],
      },
      "default",
    ]);
  });
});

describe("generateUserData: warnings", () => {
  const warnings: readonly (readonly [string, Given, RegExp])[] = [
    [
      "network interfaces",
      {
        palette,
        userData: { stylus: { site: { network: { interfaces: { eth0: { type: "dhcp" } } } } } },
      },
      /interfaces/,
    ],
    [
      "a fixed host name",
      { palette, userData: { stylus: { site: { hostName: "h" } } } },
      /hostName/,
    ],
    [
      "a golden image without a site",
      { userData: { stylus: { debug: true } } },
      /cannot register by themselves/,
    ],
    [
      "install.auto with Palette",
      { palette, userData: { install: { auto: true } } },
      /install\.auto/,
    ],
    [
      "a configuration from elsewhere",
      { userData: { config_url: "https://a.example/c" } },
      /config_url/,
    ],
    [
      "a user of the user's own without a password",
      { userData: { stages: { boot: [{ users: { a: {} } }] } } },
      /stages\.boot\[0\]\.users\.a .*console/,
    ],
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
  ];
  for (const [what, given, text] of warnings) {
    it(`warns of ${what}`, () =>
      assert.ok(generate(given).warnings.some((warning) => text.test(warning))));
  }

  it("says nothing where there is nothing to say", () =>
    assert.deepEqual(generate({}).warnings, []));

  it("names what stays readable and never its value", () => {
    const given = {
      palette: { ...palette, edgeHostToken: "s3cret", httpProxy: "http://u:s3cret@p" },
      users: [{ name: "a", password: "s3cret" }],
    };
    const text = JSON.stringify(generate(given).warnings);
    assert.match(text, /edgeHostToken.*httpProxy|httpProxy.*edgeHostToken/);
    assert.doesNotMatch(text, /s3cret|\$6\$/);
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

  it("is pinned: it decides over rebuilds", () =>
    assert.equal(
      userDataDigest({ install: { poweroff: true } }),
      "d920bf9eada68ddfb3db3c86da8c0df28d0aa8454d781112421ef10ccf6accf3",
    ));
});

describe("maskUserData", () => {
  it("shows the shape and no secret", () => {
    const document = documentOf({
      palette: { ...palette, edgeHostToken: "s3cret", httpsProxy: "http://u:s3cret@p:1" },
      users: [
        { name: "kairos", passwordHash: "$6$s3cret$x", sshAuthorizedKeys: ["ssh-rsa PUBLIC"] },
      ],
      userData: {
        stylus: {
          registryCredentials: { username: "s3cret", password: "s3cret" },
          disablePasswordUpdate: true,
        },
        stages: {
          boot: [
            { files: [{ path: "/etc/x", content: "s3cret\n" }] },
            {
              commands: [
                "curl -H 'Authorization: Bearer s3cret' x",
                "K3S_TOKEN=s3cret k3s",
                "echo hello",
              ],
            },
            { environment: { API_KEY: "s3cret", PLAIN: "shown" } },
            { ssh_keys: { kairos: ["ssh-rsa PUBLIC"] } },
          ],
        },
        p2p: { network_token: "s3cret" },
      },
    });
    const masked = maskUserData(document);
    assert.doesNotMatch(masked, /s3cret/);
    for (const shown of [
      "api.spectrocloud.com",
      "ssh-rsa PUBLIC",
      "/etc/x",
      "echo hello",
      "PLAIN: shown",
      "disablePasswordUpdate: true",
      '"<secret>"',
    ]) {
      assert.ok(masked.includes(shown), shown);
    }
  });
});

describe("seedFiles", () => {
  it("are the user-data and an empty meta-data", () => {
    const document = documentOf({});
    assert.deepEqual(seedFiles(document), {
      "user-data": renderUserData(document),
      "meta-data": "",
    });
  });
});
