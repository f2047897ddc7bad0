import assert from "node:assert/strict";
import { generateUserData } from "../../../provider/plan/user-data/generate";
import { keysOf, destinationsOf } from "../../../provider/plan/make-plan";
import { parseImageSpec, parseSpec, requireSpec } from "../../../provider/schema/parse";
import { siteSeedSchema } from "../../../provider/schema/site-seed";
import { publicKey } from "../plan/user-data/public-key";

const here = { type: "directory", path: "seeds" };
const good = { userData: {}, publishTo: [here] };
const specOf = (change: object = {}) =>
  requireSpec(parseSpec(siteSeedSchema, { ...good, ...change }));
const documentOf = (change: object) => {
  const { palette, users, userData, singleHost } = specOf(change);
  const input = { palette, users, userData, singleHost, reader: "site" as const };
  return generateUserData(input);
};
const keyOf = (userDataDigest: string): string | undefined =>
  keysOf(specOf(), { recipe: "1", installer: {}, userDataDigest }).installKey;

describe("siteSeedSchema", () => {
  it("makes one seed for every target of any type", () => {
    const publishTo = [
      here,
      { type: "s3", bucket: "b" },
      { type: "http", url: "https://h/a" },
      { type: "oci", repository: "h.x/a" },
      { type: "vsphere", server: "vc", datastore: "a" },
      { type: "vsphere", server: "vc", library: "b" },
    ];
    const places = destinationsOf(specOf({ publishTo }));
    assert.equal(places.length, publishTo.length);
    assert.deepEqual([...new Set(places.map(({ format }) => format))], ["seed"]);
  });

  it("has a key that depends on its user-data only", () => {
    assert.equal(keyOf("a"), keyOf("a"));
    assert.notEqual(keyOf("a"), keyOf("b"));
  });

  const refused: readonly (readonly [string, object, RegExp])[] = [
    ["nothing to say", { userData: undefined }, /^: is empty: give/],
    ["no target", { publishTo: [] }, /^publishTo: needs at least one target$/],
    ["a target twice", { publishTo: [here, { ...here }] }, /^publishTo\[1\]: repeats a target$/],
    [
      "formats of a target",
      { publishTo: [{ ...here, formats: ["raw"] }] },
      /^publishTo\[0\]\.formats: is only for images/,
    ],
    [
      "a template of a seed",
      {
        publishTo: [
          {
            ...{ type: "vsphere", server: "vc", library: "l" },
            deploy: { datacenter: "d", host: "h", datastore: "d", network: "n" },
          },
        ],
      },
      /^publishTo\[0\]\.deploy: makes a template from an OVA/,
    ],
    ["an installer", { installer: "a.iso" }, /^installer: is not a known property$/],
    [
      "an address without a mask",
      { palette: { interfaces: { eth0: { type: "static", ipAddress: "10.0.0.5" } } } },
      /^palette\.interfaces\.eth0\.mask: is required for a static address$/,
    ],
    [
      "an address beside DHCP",
      { palette: { interfaces: { eth0: { ipAddress: "10.0.0.5" } } } },
      /^palette\.interfaces\.eth0\.ipAddress: belongs to/,
    ],
    ["a long name", { palette: { name: "x".repeat(129) } }, /^palette\.name: /],
  ];
  for (const [what, change, told] of refused) {
    it(`refuses ${what}`, () => {
      const parsed = parseSpec(siteSeedSchema, { ...good, ...change });
      assert.equal(parsed.state, "invalid");
      const texts = parsed.problems.map(({ path, reason }) => `${path}: ${reason}`);
      assert.equal(texts.length, 1);
      assert.match(texts.join("\n"), told);
    });
  }
});

describe("palette.registration", () => {
  const image = (palette: object) =>
    parseImageSpec({
      installer: "a.iso",
      publishTo: [here],
      palette: { endpoint: "h", ...palette },
    });

  it("leaves token and URL to the site, and starts the install like a Palette installer", () => {
    const parsed = image({ registration: "site" });
    assert.ok(parsed.state === "valid");
    const { palette, singleHost } = parsed.spec;
    const made = generateUserData({ palette, singleHost, reader: "auto" });
    assert.deepEqual(made.problems, []);
    assert.deepEqual(made.document.stylus, { site: { paletteEndpoint: "h" } });
    assert.deepEqual(made.document.install, { poweroff: true, reboot: false, nousers: true });
  });

  it("refuses an image that registers by itself without either, with the next step", () => {
    const parsed = image({});
    assert.ok(parsed.state === "valid");
    const { palette, singleHost } = parsed.spec;
    const { problems } = generateUserData({ palette, singleHost, reader: "auto" });
    assert.match(problems[0]?.reason ?? "", /is missing: .* `registration: "site"`/);
  });

  it("refuses both in an image that leaves them to the site", () => {
    const given = { registration: "site", edgeHostToken: "t", registrationUrl: "https://r" };
    const parsed = image(given);
    const problems = parsed.state === "invalid" ? parsed.problems : [];
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["palette.edgeHostToken", "palette.registrationUrl"],
    );
  });
});

describe("the user-data of a site", () => {
  it("writes the values of this site or host in Palette's terms", () => {
    const palette = {
      edgeHostToken: "t",
      registrationUrl: "https://r",
      projectName: "p",
      projectUid: "u",
      caCerts: ["-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"],
      insecureSkipVerify: true,
      tags: { city: "Ulm" },
      httpProxy: "http://a",
      httpsProxy: "http://b",
      noProxy: "c",
      debug: true,
      name: "store-7",
      hostName: "store-7-a",
      nameserver: "10.0.0.1",
      endpoint: "https://api.example.com/",
      interfaces: {
        eth0: { type: "static", ipAddress: "10.0.0.5", mask: "255.0.0.0", gateway: "10.0.0.1" },
        eth1: {},
      },
    };
    const { document, problems } = documentOf({ palette });
    assert.deepEqual(problems, []);
    assert.deepEqual(document, {
      stylus: {
        debug: true,
        site: {
          paletteEndpoint: "api.example.com",
          edgeHostToken: "t",
          registrationURL: "https://r",
          projectName: "p",
          projectUid: "u",
          name: "store-7",
          hostName: "store-7-a",
          tags: { city: "Ulm" },
          caCerts: palette.caCerts,
          insecureSkipVerify: true,
          network: {
            httpProxy: "http://a",
            httpsProxy: "http://b",
            noProxy: "c",
            nameserver: "10.0.0.1",
            interfaces: { eth0: palette.interfaces.eth0, eth1: { type: "dhcp" } },
          },
        },
      },
    });
  });

  it("requires no token, because the image may have one, and nothing for an installer", () => {
    const { document, problems, warnings } = documentOf({ palette: { projectName: "p" } });
    assert.deepEqual(problems, []);
    assert.deepEqual(warnings, []);
    assert.deepEqual(document, { stylus: { site: { projectName: "p" } } });
  });

  it("brings users, and the user's own configuration", () => {
    const users = [{ name: "ops", sshAuthorizedKeys: [publicKey] }];
    const { document } = documentOf({ users, userData: { stages: { boot: [{ name: "own" }] } } });
    assert.ok(JSON.stringify(document).includes(publicKey));
    assert.match(JSON.stringify(document), /"name":"own"/);
    assert.equal(document.install, undefined);
  });

  it("warns of secrets in the seed, and of keys that an installed machine ignores", () => {
    const told = documentOf({ palette: { edgeHostToken: "t" }, userData: { install: {} } });
    assert.match(told.warnings.join("\n"), /access to the seed can read .*: .*edgeHostToken/);
    assert.match(told.warnings.join("\n"), /userData\.install is for an installer/);
    assert.doesNotMatch(told.warnings.join("\n"), /90_custom/);
  });
});
