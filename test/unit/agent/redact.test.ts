import assert from "node:assert/strict";
import { redactor, secretsOf } from "../../../provider/agent/redact";
import type { JsonMap } from "../../../provider/base/json";
import type { BuildRequest } from "../../../provider/plan/plan";
import { requireImageSpec } from "../../../provider/schema/parse";
import { formatSchema } from "../../../provider/schema/formats";
import { publicKey } from "../plan/user-data/public-key";
import { buildFor } from "./samples";

const base64 = (text: string) => Buffer.from(text).toString("base64");

function requestWith(change: Partial<BuildRequest>): BuildRequest {
  return buildFor({ folder: "/nowhere", targets: [], request: change }).request;
}

describe("redactor", () => {
  const secret = 'p/w"d+ü\\1';
  const redact = redactor([secret]);

  for (const [spelling, text] of [
    ["plain", secret],
    ["in JSON", JSON.stringify({ a: secret })],
    ["in a URL", `https://h/?t=${encodeURIComponent(secret)}`],
    ["in base64", base64(secret)],
    ["in base64 of a line", base64(`${secret}\n`)],
    ["in base64 behind one byte", base64(`:${secret}`)],
    ["in base64 behind two bytes", base64(`a:${secret}:b`)],
    ["in base64 behind three bytes", base64(`me:${secret}`)],
    ["twice", `${secret} ${secret}`],
  ] as const) {
    it(`masks a secret ${spelling}`, () => {
      const text_ = redact(`before ${text} after`);
      for (const trace of [
        secret,
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret),
        base64(secret).slice(0, -4),
      ]) {
        assert.equal(text_.includes(trace), false, text_);
      }
      assert.match(text_, /<secret>/);
      assert.match(text_, /^before .* after$/);
    });
  }

  it("masks the longer of two secrets as a whole", () => {
    assert.equal(
      redactor(["secret-token", "secret-token-long"])("x secret-token-long y"),
      "x <secret> y",
    );
  });
  it("masks each line of a secret with several lines", () => {
    const hide = redactor(["-----BEGIN KEY-----\nQUJDREVGR0g=\n-----END KEY-----\n"]);
    assert.equal(hide("cat: QUJDREVGR0g="), "cat: <secret>");
  });
  it("does not mask texts that are too short", () => {
    assert.equal(redactor(["root", ""])("root is root"), "root is root");
  });
  it("changes nothing without secrets", () => assert.equal(redactor([])("a b"), "a b"));
});

describe("secretsOf", () => {
  const userData: JsonMap = {
    stylus: { site: { edgeHostToken: "t0ken-of-palette", paletteEndpoint: "api.example.com" } },
    stages: {
      boot: [
        {
          users: {
            ada: { passwd: "$6$salt$hash-of-ada", ssh_authorized_keys: [publicKey] },
          },
        },
        { commands: ["login --password hunter22-cli"] },
        { files: [{ path: "/etc/x", content: "content-of-file\nsecond-line" }] },
        { environment: { PIN_TOKEN: 12345678 } },
      ],
    },
    p2p: { network_token: ["token-in-list"] },
  };
  const request = requestWith({
    userData,
    installerUrl: "https://me:pass%40word@h/a.iso?X-Amz-Signature=s1gnature&x=1",
    installerHeaders: {
      authorization: "Bearer t0ken-of-header",
      "x-api-key": "plain-header-value",
    },
    targets: requireImageSpec({
      installer: "a",
      publishTo: [
        {
          type: "s3",
          bucket: "b",
          accessKeyId: "AKIAEXAMPLE",
          secretAccessKey: "secret-of-s3",
          sessionToken: "session-of-s3",
        },
        { type: "http", url: "https://h/a", headers: { Authorization: "Bearer t0ken-of-target" } },
        { type: "oci", repository: "h.x/a", username: "u", password: "secret-of-oci" },
        {
          type: "vsphere",
          server: "vc",
          datastore: "d",
          formats: ["qcow2"],
          username: "user-of-vsphere",
          password: "password-of-vsphere",
        },
      ],
    }).publishTo,
  });
  const hide = redactor(secretsOf(request));

  for (const secret of [
    "t0ken-of-palette",
    "$6$salt$hash-of-ada",
    "login --password hunter22-cli",
    "content-of-file",
    "second-line",
    "12345678",
    "token-in-list",
    "t0ken-of-header",
    "plain-header-value",
    "pass%40word",
    "pass@word",
    "s1gnature",
    "X-Amz-Signature=s1gnature&x=1",
    "AKIAEXAMPLE",
    "secret-of-s3",
    "session-of-s3",
    "t0ken-of-target",
    "secret-of-oci",
    "user-of-vsphere",
    "password-of-vsphere",
  ]) {
    it(`contains ${secret}`, () => assert.equal(hide(`say ${secret} aloud`), "say <secret> aloud"));
  }

  for (const open of [
    "api.example.com",
    publicKey,
    "edgeHostToken",
    "stylus.site.edgeHostToken",
    "Bearer",
    "/etc/x",
  ]) {
    it(`does not contain ${open}`, () => assert.equal(hide(open), open));
  }

  it("contains the confidential settings of an OVA", () => {
    const { plan } = requestWith({});
    const ova = formatSchema.parse({ type: "ova", extraConfig: { "guestinfo.userdata": "t0ld" } });
    assert.deepEqual(secretsOf(requestWith({ plan: { ...plan, formats: [ova] } })), ["t0ld"]);
  });
  it("takes a malformed password of a URL literally", () => {
    assert.ok(
      secretsOf(requestWith({ installerUrl: "https://me:odd%zzpassword@h/a" })).includes(
        "odd%zzpassword",
      ),
    );
  });
  it("is empty without secrets", () => assert.deepEqual(secretsOf(requestWith({})), []));
});
