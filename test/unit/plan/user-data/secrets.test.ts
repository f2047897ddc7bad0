import assert from "node:assert/strict";
import { redactor, mask } from "../../../../provider/agent/redact";
import type { Json, JsonMap } from "../../../../provider/base/json";
import { findSecrets, secretTexts } from "../../../../provider/plan/user-data/secrets";
import { documentOf, palette } from "./generated";
import { publicKey } from "./public-key";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A step with these commands. */
const commands = (...texts: string[]): JsonMap => ({ stages: { boot: [{ commands: texts }] } });
const file = (content: string): JsonMap => ({
  write_files: [{ path: "/etc/x", content }],
});
const environment = (name: string, value: Json): JsonMap => ({
  stages: { boot: [{ environment: { [name]: value } }] },
});

describe("secretTexts", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlZGdlIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
  const members: readonly (readonly [what: string, document: JsonMap, ...secrets: string[]])[] = [
    ["chpasswd", commands("echo 'root:Winter2024!' | chpasswd"), "Winter2024!", "root:Winter2024!"],
    ["a short password in chpasswd", commands("echo ops:abc1 | chpasswd"), "ops:abc1"],
    ["a list of arguments", { args: ["--token", "swordfish"] }, "swordfish"],
    ["a PIN after an option", { args: ["--pin", "4711"] }, "4711"],
    ["an option with a value", commands("join --token=swordfish"), "swordfish"],
    ["a word after an option", commands("join --token hunter-two"), "hunter-two"],
    ["a database's option", commands("mysql -pswordfish -u admin"), "swordfish"],
    ["REGISTRY_LOGIN", environment("REGISTRY_LOGIN", "robot$edge:sw0rdf1sh"), "sw0rdf1sh"],
    ["an innocent key", environment("COLOUR", "swordfish"), "swordfish"],
    [
      "the query of a URL",
      commands("wget https://h.example/a?sig=sw0rd%2Ffish&x=1"),
      "sw0rd%2Ffish",
      "sw0rd/fish",
    ],
    [
      "a generated part of a path",
      commands("curl https://hooks.example.com/T00B1/aZ8fK2mQ9xW4vB7n"),
      "aZ8fK2mQ9xW4vB7n",
    ],
    [
      "a login in a URL",
      commands("git clone https://me:swordfish@h.example/x"),
      "swordfish",
      "me:swordfish",
    ],
    [
      "a login without a scheme",
      environment("proxy", "user:swordfish@proxy.example:3128"),
      "swordfish",
    ],
    ["curl -u", commands("curl -u ops:swordfish https://h.example"), "swordfish", "ops:swordfish"],
    ["a header", commands("curl -H 'Authorization: Bearer swordfish' https://h"), "swordfish"],
    [
      "a basic header",
      commands(`curl -H "Authorization: Basic ${base64("me:swordfish")}"`),
      base64("me:swordfish"),
      "swordfish",
    ],
    ["an assignment", commands("K3S_TOKEN=swordfish k3s"), "swordfish"],
    [
      "a heredoc",
      commands("cat > /etc/x <<EOF\npin = swordfish\nother line of pelicans\nEOF\n"),
      "swordfish",
      "pelicans",
    ],
    [
      "a private key",
      file(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nQyNTUxOQAAACC\n-----END OPENSSH PRIVATE KEY-----\n",
      ),
      "b3BlbnNzaC1rZXk",
      "QyNTUxOQAAACC",
    ],
    [
      "base64 of a file",
      { write_files: [{ encoding: "b64", content: base64("a: 1\nfile: swordfish\n") }] },
      "swordfish",
    ],
    [
      "JSON in a text",
      environment("CONFIG", '{"a":{"colour":"swordfish","n":[12345678]}}'),
      "swordfish",
      "12345678",
    ],
    [
      "a Docker configuration",
      file(JSON.stringify({ auths: { "r.example": { auth: base64("robot:swordfish") } } })),
      base64("robot:swordfish"),
      "swordfish",
    ],
    [
      "a wireless network",
      file('network={\n  ssid="Pelican"\n  psk="blue sky over here"\n}\n'),
      "Pelican",
      "blue sky over here",
    ],
    [
      "a kubeadm token",
      commands("kubeadm join h.example:6443 --token abcdef.0123456789abcdef"),
      "abcdef.0123456789abcdef",
    ],
    [
      "a K3s token",
      file("token: K10abcdef0123::server:swordfish\n"),
      "K10abcdef0123::server:swordfish",
      "swordfish",
    ],
    ["a JSON web token", commands(`login ${jwt}`), jwt],
    ["a number", environment("SERIAL", 12345678), "12345678"],
    ["a PIN", environment("SIM_PIN", 4711), "4711"],
    [
      "a passphrase of common words",
      environment("PASSPHRASE", "system update before reboot"),
      "system update before reboot",
    ],
    [
      "a password with spaces in a line",
      file("password: 'blue sky over here'\n"),
      "blue sky over here",
    ],
    [
      "a text in another form of Unicode",
      environment("WORD", "Schlüsselwörter"),
      "Schlüsselwörter".normalize("NFD"),
    ],
    ["parts of a secret in two items", { parts: ["swordfi", "shermen"] }, "swordfi", "shermen"],
    ["a key that is a secret", { tok_9f8e7d6c5b4a3210: 1 }, "tok_9f8e7d6c5b4a3210"],
    ["a key that is a command", { "echo swordfish": null }, "swordfish"],
    ["a compound of words with a secret", commands("join node:swordfish"), "swordfish"],
    [
      "a continued command",
      commands("join \\\n  --ca-hash \\\n  sha256:0123456789abcdef0123\n"),
      "sha256:0123456789abcdef0123",
    ],
  ];
  for (const [what, document, ...secrets] of members) {
    it(`contains ${what}`, () => {
      const hide = redactor(secretTexts(document));
      for (const secret of secrets) {
        const forms = [secret, JSON.stringify(`x ${secret} y`), encodeURIComponent(secret)];
        for (const form of secret.length < 6 ? [secret] : [...forms, base64(`${secret}\n`)]) {
          const shown = hide(`Heard: ${form} end`);
          assert.ok(shown.includes(mask), shown);
          assert.ok(!shown.includes(secret), shown);
        }
      }
    });
  }

  const log = [
    "Starting cos-setup-boot.service - cOS system configuration...",
    "The installer has begun; it will reboot when the installation is complete.",
    "Running stage: boot.before, running 3 commands with /bin/bash",
    "cat /oem/90_custom.yaml /usr/local/bin/agent /etc/systemd/system/agent.service",
    "systemctl enable --now sshd && apt-get install -y curl",
    "[    1.234567] EXT4-fs (vda2): mounted filesystem with ordered data mode",
    "eth0: 192.168.122.15/24, gateway 10.0.2.2, version v1.32.1",
    "quay.io/kairos/kairos:v3.2.1 was pulled",
  ];
  it("leaves the log of an ordinary build readable", () => {
    const document = documentOf({
      palette: { ...palette, edgeHostToken: "swordfish" },
      users: [
        {
          name: "kairos",
          passwordHash: "$6$rounds$x",
          sshAuthorizedKeys: [`${publicKey} ada@example`],
        },
      ],
      userData: {
        install: { device: "auto", reboot: false },
        stages: {
          boot: [
            {
              name: "Start the agent",
              commands: log.slice(3, 5),
              files: [
                {
                  path: "/etc/systemd/system/agent.service",
                  content:
                    "[Unit]\nAfter=network-online.target\n[Service]\nExecStart=/usr/local/bin/agent start\nRestart=always\n",
                },
              ],
              environment: {
                PASSWORD: "install",
                TOKEN: "reboot",
                DNS: "10.0.2.2",
                IMAGE: "quay.io/kairos/kairos:v3.2.1",
              },
            },
          ],
        },
      },
    });
    const hide = redactor(secretTexts(document));
    for (const line of log) assert.equal(hide(line), line);
    assert.equal(hide("agent: swordfish"), "agent: <secret>");
  });
});

describe("findSecrets", () => {
  it("names the values that may be secrets, a list once, and no value", () => {
    const document = {
      ...commands("systemctl enable sshd", "echo root:hunter22 | chpasswd", "echo swordfish"),
      p2p: { network_token: ["swordfish", "hunter22"] },
      users: { ada: { passwd: "$6$salt$hash", groups: ["admin"] } },
      "echo swordfish": { a: "hunter22" },
    };
    assert.deepEqual(findSecrets(document), [
      "stages.boot[0].commands",
      "p2p.network_token",
      "users.ada.passwd",
      '["<key>"]',
      '["<key>"].a',
    ]);
  });
  it("names nothing in a cloud-config without secrets", () => {
    assert.deepEqual(findSecrets({ hostname: "edge", ...commands("systemctl enable sshd") }), []);
  });
});
