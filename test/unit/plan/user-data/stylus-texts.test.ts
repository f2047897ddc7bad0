import { palette, testRefusals } from "./generated";

describe("texts of the user's own stylus block", () => {
  const site = { paletteEndpoint: "p.example.com", edgeHostToken: "t0ken" };
  testRefusals([
    [
      "a token with a line end, as a block of YAML has",
      { userData: "stylus:\n  site:\n    edgeHostToken: |\n      t0ken\n" },
      "userData.stylus.site.edgeHostToken",
      /ends with a line break/,
    ],
    [
      "a password of a registry with a control character",
      { userData: { stylus: { site, registryCredentials: { password: "a\u0001" } } } },
      "userData.stylus.registryCredentials.password",
      /U\+0001/,
    ],
    [
      "a proxy on two lines beside a generated token",
      { palette, userData: { stylus: { site: { network: { httpProxy: "http://a\nb" } } } } },
      "userData.stylus.site.network.httpProxy",
      /one line/,
    ],
  ]);
});
