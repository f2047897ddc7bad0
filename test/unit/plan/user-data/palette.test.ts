import assert from "node:assert/strict";
import type { JsonMap } from "../../../../provider/base/json";
import { documentOf, generate, palette, testRefusals, testWarnings, type Given } from "./generated";

describe("the palette part and the rules of registration", () => {
  it("writes the stylus block in the terms of Palette's installer reference", () => {
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

  it("requires neither token nor URL in local mode", () =>
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

  testRefusals([
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
  ]);

  testWarnings([
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
  ]);
});
