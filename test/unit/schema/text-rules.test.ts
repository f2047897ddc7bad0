import assert from "node:assert/strict";
import { withCheckRules } from "../../../provider/schema/check-rules";
import { parseImageSpec, parseSpec } from "../../../provider/schema/parse";
import { siteSeedSchema } from "../../../provider/schema/site-seed";

const good = {
  installer: { url: "https://host/a.iso", headers: { authorization: "Bearer t" } },
  publishTo: [{ type: "directory", path: "images" }],
};

function problemsOf(change: object, schema: "image" | "seed" = "image") {
  const inputs =
    schema === "image" ? { ...good, ...change } : { publishTo: good.publishTo, ...change };
  const parsed = schema === "image" ? parseImageSpec(inputs) : parseSpec(siteSeedSchema, inputs);
  const checked = withCheckRules(parsed, inputs);
  return checked.state === "invalid" ? checked.problems : [];
}

const s3 = { type: "s3", bucket: "b" };
const oci = { type: "oci", repository: "r.example.com/a" };
const vsphere = { type: "vsphere", server: "vc", datastore: "d" };
const palette = { endpoint: "p.example.com" };

describe("texts of one line", () => {
  /** Each takes a text that is valid but for what is appended to it. */
  const fields: readonly (readonly [
    path: string,
    (text: string) => object,
    ("seed" | "image")?,
  ])[] = [
    ["palette.edgeHostToken", (it) => ({ palette: { ...palette, edgeHostToken: it } })],
    ["palette.registrationUrl", (it) => ({ palette: { ...palette, registrationUrl: it } })],
    ["palette.endpoint", (it) => ({ palette: { endpoint: it } })],
    ["palette.projectName", (it) => ({ palette: { ...palette, projectName: it } })],
    ["palette.projectUid", (it) => ({ palette: { ...palette, projectUid: it } })],
    ["palette.httpProxy", (it) => ({ palette: { ...palette, httpProxy: it } })],
    ["palette.tags.site", (it) => ({ palette: { ...palette, tags: { site: it } } })],
    ["palette.tags", (it) => ({ palette: { ...palette, tags: { [it]: "a" } } })],
    ["palette.name", (it) => ({ palette: { name: it } }), "seed"],
    ["palette.hostName", (it) => ({ palette: { hostName: it } }), "seed"],
    [
      "palette.interfaces.eth0.gateway",
      (it) => ({ palette: { interfaces: { eth0: { gateway: it } } } }),
      "seed",
    ],
    ["users[0].password", (it) => ({ users: [{ name: "a", password: it }] })],
    ["users[0].passwordHash", (it) => ({ users: [{ name: "a", passwordHash: `$6$s$${it}` }] })],
    ["users[0].groups[0]", (it) => ({ users: [{ name: "a", password: "p", groups: [it] }] })],
    ["installer.url", (it) => ({ installer: `https://host/a.iso?${it}` })],
    [
      "installer.headers.authorization",
      (it) => ({ installer: { ...good.installer, headers: { authorization: it } } }),
    ],
    [
      "publishTo[0].secretAccessKey",
      (it) => ({ publishTo: [{ ...s3, accessKeyId: "a", secretAccessKey: it }] }),
    ],
    ["publishTo[0].bucket", (it) => ({ publishTo: [{ ...s3, bucket: it }] })],
    ["publishTo[0].password", (it) => ({ publishTo: [{ ...oci, username: "a", password: it }] })],
    [
      "publishTo[0].username",
      (it) => ({ publishTo: [{ ...vsphere, username: it, password: "p" }], formats: ["vmdk"] }),
    ],
    [
      "publishTo[0].headers.x-a",
      (it) => ({ publishTo: [{ type: "http", url: "https://h/a", headers: { "x-a": it } }] }),
    ],
  ];
  for (const [path, input, schema] of fields) {
    it(`refuses a line break and a control character in ${path}`, () => {
      assert.deepEqual(problemsOf(input("text"), schema), []);
      for (const bad of ["text\n", "te\nxt", "te\u0001xt", "te\0xt"]) {
        assert.deepEqual(
          problemsOf(input(bad), schema).map((problem) => problem.path),
          [path],
          JSON.stringify(bad),
        );
      }
    });
  }

  const reasons: readonly (readonly [string, string, RegExp])[] = [
    ["a line break at the end", "token\r\n", /ends with a line break; .*\.trim\(\)/],
    ["a line break inside", "to\nken", /must be one line/],
    ["UTF-16 that was read as UTF-8", "\ufffd\ufffdt\0o\0", /UTF-16/],
    ["Windows' text that was read as UTF-8", "M\ufffdller", /U\+FFFD.*encoding/],
    ["a byte order mark", "\ufefftoken", /begins with a byte order mark/],
    ["a tab", "to\tken", /tab/],
    ["a zero-width space", "to\u200bken", /U\+200B, an invisible character/],
    ["a line separator of Unicode", "to\u2028ken", /must be one line/],
  ];
  for (const [what, edgeHostToken, reason] of reasons) {
    it(`says what is wrong with ${what}, without the text`, () => {
      const [problem] = problemsOf({ palette: { ...palette, edgeHostToken } });
      assert.match(problem?.reason ?? "", reason);
      assert.doesNotMatch(problem?.reason ?? "", /ken|ller/);
    });
  }

  it("takes several lines where they belong", () => {
    const caCerts = ["-----BEGIN CERTIFICATE-----\r\nMIIB\r\n-----END CERTIFICATE-----\n"];
    const labels = { "org.opencontainers.image.description": "two\nlines" };
    const formats = [{ type: "containerdisk", labels }];
    assert.deepEqual(problemsOf({ palette: { ...palette, caCerts }, formats }), []);
    assert.deepEqual(problemsOf({ userData: "a: 1\nb: 2\n", triggers: ["a\nb"] }), []);
  });

  it("refuses what is no text in them too", () => {
    const caCerts = ["\ufffd\ufffd-\0-\0"];
    const problems = problemsOf({ palette: { ...palette, caCerts } });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["palette.caCerts[0]"],
    );
  });

  it("refuses a header that no server gets", () => {
    const headers = { "bad name": "a", "x-price": "5 \u20ac" };
    assert.deepEqual(
      problemsOf({ installer: { ...good.installer, headers } }).map(({ path }) => path),
      ["installer.headers.bad name", "installer.headers.x-price"],
    );
  });
});

describe("texts of inputs that have another problem too", () => {
  const pathsOf = (change: object, schema?: "image" | "seed"): string[] =>
    problemsOf(change, schema).map(({ path }) => path);

  it("are reported with it", () => {
    const change = {
      keepPrevious: -1,
      palette: { ...palette, edgeHostToken: "t\n" },
      publishTo: [{ type: "directory", path: "~/x" }],
      buildHost: { type: "local", agent: "$HOME/agent" },
      formats: ["qcow2", { type: "iso", contentBundles: ["file:///a.tar"] }],
      triggers: [new Date(0)],
    };
    assert.deepEqual(pathsOf(change), [
      "keepPrevious",
      "buildHost.agent",
      "formats[1].contentBundles[0]",
      "publishTo[0].path",
      "palette.edgeHostToken",
      "triggers[0]",
    ]);
    const { keepPrevious, publishTo } = change;
    const site = { keepPrevious, publishTo, palette: { name: "a\nb" } };
    const found = ["keepPrevious", "publishTo[0].path", "palette.name"];
    assert.deepEqual(pathsOf(site, "seed"), found);
  });

  it("are reported once, and only those that the user wrote", () => {
    const headers = { "a b": "c" };
    const paths = pathsOf({ keepPrevious: -1, installer: { url: "https://h/a.iso", headers } });
    assert.equal(new Set(paths).size, paths.length);
    assert.deepEqual(pathsOf({ keepPrevious: -1, selfUrn: "a\nb", __x: "a\nb" }), ["keepPrevious"]);
  });

  it("may be missing, or of any other kind", () => {
    for (const value of [null, 1, "a", [null], [["a"]], { path: 1 }]) {
      const names = ["installer", "buildHost", "formats", "publishTo", "palette"];
      const change = Object.fromEntries(names.map((name) => [name, value]));
      assert.doesNotThrow(() => pathsOf({ ...change, keepPrevious: -1 }));
    }
  });
});
