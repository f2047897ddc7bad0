import assert from "node:assert/strict";
import { nameOfUri } from "../../../../provider/targets/vsphere/address";
import { partialPath } from "../../../../provider/targets/vsphere/datastore/partials";
import { proxyFor } from "../../../../provider/targets/vsphere/client/tunnel";
import { environmentProxies } from "../../../../provider/system/http/dispatcher";
import { child, parseXml } from "../../../../provider/base/xml-read";
import { fails } from "../../../support/failures";

describe("a SOAP response", () => {
  it("is parsed with prefixes, entities, CDATA sections and empty elements", () => {
    const text =
      '<?xml version="1.0"?>\n<s:Envelope xmlns:s="x"><!-- no --><s:Body a="1 &lt; 2" b=\'"\'>' +
      "<name>a &amp; b &#x20AC;&#33;<![CDATA[<raw>]]></name><empty/></s:Body></s:Envelope>\n";
    const body = child(parseXml(text), "Body");
    assert.deepEqual(body?.attributes, { a: "1 < 2", b: '"' });
    assert.equal(child(body, "name")?.text, "a & b \u20ac!<raw>");
    assert.deepEqual(child(body, "empty")?.children, []);
    assert.equal(child(body, "nothing", "below"), undefined);
  });

  for (const text of ["", "no XML", "<a>", "<a></b>", "<a/>rest<", "<!DOCTYPE a><a/>", "{}"]) {
    it(`is not: ${text}`, () => {
      assert.throws(() => parseXml(text));
    });
  }
});

describe("the proxy to a vCenter", () => {
  const HTTPS_PROXY = "http://proxy:3128";
  for (const [host, env, used] of [
    ["vc.example.com", {}, false],
    ["vc.example.com", { HTTPS_PROXY }, true],
    ["vc.example.com", { https_proxy: HTTPS_PROXY }, true],
    ["vc.example.com", { HTTPS_PROXY, NO_PROXY: "*" }, false],
    ["vc.example.com", { HTTPS_PROXY, no_proxy: "other, example.com" }, false],
    ["vc.example.com", { HTTPS_PROXY, NO_PROXY: ".example.com" }, false],
    ["vc.example.com", { HTTPS_PROXY, NO_PROXY: "*.EXAMPLE.com" }, false],
    ["vc.example.com", { HTTPS_PROXY, NO_PROXY: "vc.example.com:443" }, false],
    ["vc.example.com", { HTTPS_PROXY, NO_PROXY: "vc.example.com:8443" }, true],
    ["vc.example.com", { HTTPS_PROXY, NO_PROXY: "ample.com" }, true],
    ["10.0.0.5", { HTTPS_PROXY, NO_PROXY: "10.0.0.5" }, false],
  ] as const) {
    it(`is ${used ? "" : "not "}used for ${host} with ${JSON.stringify(env)}`, () =>
      assert.equal(
        proxyFor(host, 443, environmentProxies(env))?.host,
        used ? "proxy:3128" : undefined,
      ));
  }
});

describe("the name of a publication at vSphere", () => {
  const location = { server: "vc", datastore: "d", folder: "images" };
  const root = "vsphere://vc/datastore/d/images";

  it("is the part of the URI after the target's ID", () =>
    assert.equal(nameOfUri(location, `${root}/e-1/e-2.ova`), "e-1/e-2.ova"));

  for (const uri of [root, `${root}/`, `${root}s/e.ova`, `${root}/../../other.vmdk`, "s3://b/e"]) {
    it(`is never taken from ${uri}`, () => {
      assert.throws(() => nameOfUri(location, uri), fails("internal", /is not in/));
    });
  }
});

describe("the temporary name of an upload", () => {
  it("keeps the artifact key intact if the image's name has dots", () =>
    assert.match(
      partialPath("a.b/edge-4.5-0123456789ab.raw.zst", "uploading"),
      /^a\.b\/edge-4\.5-0123456789ab-uploading-[0-9a-f]{12}\.raw\.zst$/,
    ));
});
