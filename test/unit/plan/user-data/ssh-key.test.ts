import assert from "node:assert/strict";
import { keyProblem, keysIn, keyWarning } from "../../../../provider/plan/user-data/user-keys";
import { publicKey } from "./public-key";
import { testRefusals, testWarnings, generate } from "./generated";

const [, blob = ""] = publicKey.split(" ");

describe("keyProblem", () => {
  const taken: readonly (readonly [string, string])[] = [
    ["a key without a comment", publicKey],
    ["a comment of several words", `${publicKey} ada at home`],
    ["a comment that speaks of keys", `${publicKey} not a PRIVATE KEY`],
    ["blanks around it", `  ${publicKey}\n`],
    ["options", `from="10.0.0.0/8,192.168.1.?",no-pty,no-X11-forwarding ${publicKey} ada`],
    ["an option with quotes and blanks", `command="echo \\"a b\\", c",restrict ${publicKey}`],
    ["an option in capitals", `NO-PTY ${publicKey}`],
    ["an authority", `cert-authority,principals="a,b" ${publicKey}`],
    ["an account at GitHub", "github:ada"],
    ["an account at GitLab", "GitLab:ada.l"],
    ["an address", "https://keys.example.com/ada.keys"],
    ["an address that ends like a file name", "https://example.com/keys/ada.pub"],
    ["an account whose name ends so", "gitlab:ada.pub"],
    ["an option with a backslash before a quote", `command="a\\\\" b" ${publicKey}`],
  ];
  for (const [what, key] of taken) {
    it(`takes ${what}`, () => assert.equal(keyProblem(key, "kairos"), undefined));
  }

  /** Types and how many fields follow the type in a key. Keys of a device cannot be made without one. */
  for (const [type, count] of [
    ["ssh-ed25519", 1],
    ["ssh-rsa", 2],
    ["ecdsa-sha2-nistp256", 2],
    ["ecdsa-sha2-nistp521", 2],
    ["sk-ssh-ed25519@openssh.com", 2],
    ["sk-ecdsa-sha2-nistp256@openssh.com", 3],
  ] as const) {
    it(`takes ${type} with ${count + 1} fields, and no other number`, () => {
      const line = (fields: number) => {
        const texts = [type, ...Array.from({ length: fields }, () => "field")];
        const parts = texts.map((it) =>
          Buffer.concat([Buffer.from([0, 0, 0, it.length]), Buffer.from(it)]),
        );
        return `${type} ${Buffer.concat(parts).toString("base64")}`;
      };
      assert.equal(keyProblem(line(count), "kairos"), undefined);
      assert.match(keyProblem(line(count - 1), "kairos") ?? "", /cut off or changed/);
      assert.match(keyProblem(line(count + 1), "kairos") ?? "", /cut off or changed/);
    });
  }

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["plain words", "my laptop's key", /not a public key of OpenSSH/],
    ["a type alone", "ssh-ed25519", /damaged/],
    ["a key that is cut off", publicKey.slice(0, -8), /cut off/],
    ["a key with something behind", `${publicKey}AAAA`, /cut off or changed/],
    ["a key of another type", publicKey.replace("ssh-ed25519", "ssh-rsa"), /type `ssh-ed25519`/],
    ["a key that is not base64", "ssh-ed25519 AAAA!", /damaged/],
    ["a key without its type", blob, /without its type/],
    ["a key on two lines", publicKey.replace("AAAAI", "\nAAAAI"), /one line/],
    ["an old DSA key", `ssh-dss ${blob}`, /DSA.*ssh-keygen -t ed25519/],
    ["a key of protocol 1", `2048 65537 ${"1234567890".repeat(20)} ada`, /protocol 1/],
    ["a type that nobody knows", `ssh-foo ${blob}`, /not a public key/],
    ["an option that sshd does not know", `no-tty ${publicKey}`, /no option of `authorized_keys`/],
    ["a line of known_hosts", `example.com,10.0.0.1 ${publicKey}`, /known_hosts/],
    ["an option without quotes", `from=10.0.0.1 ${publicKey}`, /`from` without a value in double/],
    ["an option with a value too many", `no-pty="x" ${publicKey}`, /takes none/],
    ["a fingerprint", `SHA256:${"a".repeat(43)}`, /fingerprint/],
    ["a comment", "# laptop", /comment/],
    ["a path", "~/.ssh/id_ed25519.pub", /path.*readFileSync/],
    ["a path of Windows", "C:\\Users\\ada\\id.pub", /path/],
    ["a file name", "id_ed25519.pub", /path/],
    ["a path of Windows to a file", "D:id_ed25519.pub", /another scheme|begins with|path/],
    ["a file of another machine", "scp://example.com/ada.pub", /begins with `scp:`/],
    ["an account without a name", "github:", /`github:NAME`/],
    ["an account with a path", "github://ada", /`github:NAME`/],
    ["an address without encryption", "http://example.com/keys", /https/],
    ["another scheme", "gh:ada", /`github:NAME`/],
    ["UTF-16 that was read as UTF-8", "\ufffd\ufffds\0s\0h\0", /UTF-16/],
    ["a PEM key", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", /-i -m PKCS8 -f/],
    ["an RSA key in PEM", "-----BEGIN RSA PUBLIC KEY-----\nMIIB", /ssh-keygen -i -m PEM -f/],
    ["a certificate in PEM", "-----BEGIN CERTIFICATE-----\nMIIB", /openssl x509 .*-pubkey/],
    ["a key of OpenPGP", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", /gpg --export-ssh-key/],
    ["PuTTY's public key", '---- BEGIN SSH2 PUBLIC KEY ----\nComment: "k"\n', /ssh-keygen -i -f/],
    [
      "PuTTY's private key",
      "PuTTY-User-Key-File-3: ssh-ed25519\n",
      /puttygen FILE -O public-openssh/,
    ],
    [
      "ssh.com's private key",
      "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
      /private key of ssh\.com/,
    ],
    ...["OPENSSH ", "RSA ", "EC ", "DSA ", "ENCRYPTED ", ""].map(
      (kind) =>
        [
          `a private key (${kind || "PKCS8"})`,
          `-----BEGIN ${kind}PRIVATE KEY-----\nMIIB`,
          /private key.*ssh-keygen -y -f/,
        ] as const,
    ),
    ["a JSON Web Key", '{"kty": "OKP"}', /JSON Web Key/],
  ];
  for (const [what, key, reason] of refused) {
    it(`refuses ${what}, and shows nothing of it`, () => {
      const problem = keyProblem(key, "kairos");
      assert.match(problem ?? "", reason);
      assert.ok(!problem?.includes(blob.slice(24, 60)) && !problem?.includes("MIIB"));
    });
  }

  it("refuses an address for cloud-init, and names what it has instead", () => {
    assert.match(keyProblem("github:ada", "generic") ?? "", /ssh_import_id: \[gh:ada\]/);
    assert.match(keyProblem("https://example.com/k", "generic") ?? "", /give the key itself/);
  });
});

describe("a long line", () => {
  // A search that tries a part in several ways would end the test by its time limit.
  for (const [what, line] of [
    ["escaped quotes", `command="${'{\\"auth\\":'.repeat(20_000)}" AAAA`],
    ["escaped quotes without an end", `command="${'\\"'.repeat(20_000)} AAAA`],
    ["backslashes", `environment="${"\\".repeat(40_000)} AAAA`],
    ["quotes", `${'"'.repeat(40_001)} AAAA`],
    ["options", `${'no-pty,command="a",'.repeat(5000)}! ${publicKey}`],
    ["open commands", `${'command="'.repeat(10_001)} ${publicKey}`],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.notEqual(keyProblem(line, "kairos"), undefined);
    }).timeout(10_000);
  }

  it("of blank lines is no key", () => {
    assert.deepEqual(keysIn(`${"\n".repeat(200_000)}${publicKey}`), [publicKey]);
  }).timeout(10_000);
});

describe("keysIn", () => {
  it("takes the lines of a file without comments and blank lines", () => {
    assert.deepEqual(keysIn(`# mine\n\n${publicKey} a\n  no-pty ${publicKey}\n`), [
      `${publicKey} a`,
      `no-pty ${publicKey}`,
    ]);
  });

  it("keeps a file in another form whole, so that it is one mistake", () => {
    const file = "# from Windows\n---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END";
    assert.equal(keysIn(file).length, 1);
    assert.equal(keysIn("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END").length, 1);
  });
});

describe("a key that the machine fetches, or that sshd does not accept", () => {
  const user = { name: "a", passwordHash: "$6$s$x" };
  testWarnings([
    [
      "an address of a site seed that cloud-init cannot use",
      {
        reader: "site",
        users: [{ ...user, sshAuthorizedKeys: ["github:ada", "https://example.com/ada.keys"] }],
      },
      /^users\[0\]\.sshAuthorizedKeys\[1\] .*only Kairos fetches them/,
    ],
    [
      "an address",
      { users: [{ ...user, sshAuthorizedKeys: ["github:ada"] }] },
      /^users\[0\]\.sshAuthorizedKeys\[0\] is an address.*without a network/,
    ],
    [
      "a private key in the user's own cloud-config",
      {
        userData: {
          stages: {
            boot: [
              {
                users: { a: { passwd: "$6$s$x", ssh_authorized_keys: ["-----BEGIN PRIVATE KEY"] } },
              },
            ],
          },
        },
      },
      /^userData\.stages\.boot\[0\]\.users\.a\.ssh_authorized_keys\[0\] is a private key/,
    ],
    [
      "plain words among yip's authorized_keys",
      { userData: { stages: { boot: [{ authorized_keys: { ada: [publicKey, "laptop"] } }] } } },
      /authorized_keys\.ada\[1\] is not a public key/,
    ],
  ]);
  testRefusals([
    [
      "an address for cloud-init",
      { reader: "generic", users: [{ ...user, sshAuthorizedKeys: ["gitlab:ada"] }] },
      "users[0].sshAuthorizedKeys[0]",
      /cloud-init/,
    ],
  ]);

  it("says nothing of templates and of valid keys", () => {
    const keys = ["{{ .Values.key }}", publicKey];
    const { warnings } = generate({ userData: { ssh_authorized_keys: keys } });
    assert.ok(!warnings.some((warning) => warning.includes("ssh_authorized_keys[")));
  });

  it("knows a certificate by its type", () => {
    const type = "ssh-ed25519-cert-v01@openssh.com";
    const field = Buffer.concat([Buffer.from([0, 0, 0, type.length]), Buffer.from(type)]);
    const line = `${type} ${field.toString("base64")} ada`;
    assert.equal(keyProblem(line, "kairos"), undefined);
    assert.match(keyWarning(line, "kairos") ?? "", /cert-authority/);
  });
});
