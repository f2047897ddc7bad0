import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vsphereTarget } from "../../../../provider/targets/vsphere/target";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import { serveProxy, type Proxy } from "../../../servers/http-files";
import { makeCertificate, type Certificate } from "../../../servers/tls-front";
import { makeArtifact, MiB, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { asFormat, useVsphereServer } from "./server";

const variables = [
  ...["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"],
  ...["VSPHERE_USER", "VSPHERE_PASSWORD", "GOVC_USERNAME", "GOVC_PASSWORD"],
];

function colons(hex: string): string {
  return hex.toUpperCase().replace(/(..)(?=.)/g, "$1:");
}

describe("the connection to a vCenter", () => {
  const folder = useFolder();
  const server = useVsphereServer();
  const before_ = new Map(variables.map((name) => [name, process.env[name]]));
  const open: Proxy[] = [];
  let stranger: Certificate;
  let artifact: LocalArtifact;

  before(async () => {
    stranger = await makeCertificate();
    artifact = asFormat(await makeArtifact(folder(), MiB), "ova");
  });
  beforeEach(() => {
    for (const name of variables) Reflect.deleteProperty(process.env, name);
  });
  afterEach(async () => {
    for (const [name, value] of before_) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await Promise.all(open.splice(0).map((proxy) => proxy.close()));
  });

  const refused = async (more: Record<string, unknown>, ...texts: RegExp[]): Promise<void> => {
    const { front } = server();
    const received = front.received;
    for (const target of [server().datastore(more), server().library(more)]) {
      await assert.rejects(
        target.publish(artifact, quietly()),
        fails("publish.unreachable", /[Nn]othing was sent/, ...texts),
      );
    }
    assert.equal(front.received, received, "no byte after the handshake");
  };

  it("sends nothing to a server with a self-signed certificate, and shows its thumbprint", async () => {
    const shown = new RegExp(colons(server().certificate.sha256));
    await refused({ thumbprint: undefined }, shown, /`caFile`/, /`thumbprint`/);
  });

  it("sends nothing to a server with another thumbprint", async () => {
    const shown = new RegExp(colons(server().certificate.sha256));
    await refused({ thumbprint: stranger.sha256 }, shown, new RegExp(stranger.sha256));
    await refused({ thumbprint: stranger.sha1 }, shown);
  });

  it("sends nothing to a server with another certificate than the pinned one", async () => {
    server().front.show(stranger);
    await refused({}, new RegExp(colons(stranger.sha256)), /the connection is intercepted/);
  });

  it("accepts a thumbprint as SHA-256 and in vCenter's notation", async () => {
    const { sha256, sha1 } = server().certificate;
    for (const thumbprint of [
      sha256,
      colons(sha256),
      sha1,
      sha1.replaceAll(":", "").toLowerCase(),
    ]) {
      await server().datastore({ thumbprint }).publish(artifact, quietly());
    }
  });

  it("trusts the CA in `caFile` only, and requires the server's name in the certificate", async () => {
    const caFile = join(folder(), "ca.pem");
    await writeFile(caFile, server().certificate.cert);
    await server().datastore({ thumbprint: undefined, caFile }).publish(artifact, quietly());
    await writeFile(caFile, stranger.cert);
    await refused({ thumbprint: undefined, caFile });
    const misnamed = await makeCertificate("DNS:other.example.com");
    server().front.show(misnamed);
    await writeFile(caFile, misnamed.cert);
    await refused({ thumbprint: undefined, caFile }, /ALTNAME|altname/);
    await assert.rejects(
      server()
        .datastore({ thumbprint: undefined, caFile: "/nowhere.pem" })
        .publish(artifact, quietly()),
      fails("publish.failed", /nowhere\.pem/, /Correct the target's `caFile`/),
    );
  });

  it("trusts the CAs of NODE_EXTRA_CA_CERTS", async () => {
    const path = join(folder(), "extra.pem");
    await writeFile(path, server().certificate.cert);
    process.env["NODE_EXTRA_CA_CERTS"] = path;
    await server().datastore({ thumbprint: undefined }).publish(artifact, quietly());
  });

  it("uses the proxy of HTTPS_PROXY, except for hosts in NO_PROXY", async () => {
    const proxy = await serveProxy();
    open.push(proxy);
    process.env["HTTPS_PROXY"] = proxy.url;
    const published = recorded(await server().datastore().publish(artifact, quietly()));
    assert.ok(proxy.log.length > 0);
    assert.ok(proxy.log.every((line) => line === `CONNECT ${server().address}`));
    // The pin also applies behind a proxy.
    await refused({ thumbprint: stranger.sha256 });
    proxy.log.length = 0;
    process.env["NO_PROXY"] = "example.com,127.0.0.1";
    await server().datastore().find(published, never);
    assert.deepEqual(proxy.log, []);
  });

  it("reads credentials from the environment, at the time of use", async () => {
    const { username, password } = server().vcenter;
    const target = server().datastore({ username: undefined, password: undefined });
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.denied", /no credentials/, /VSPHERE_USER and VSPHERE_PASSWORD/),
    );
    process.env["GOVC_USERNAME"] = username;
    process.env["GOVC_PASSWORD"] = password;
    await target.publish(artifact, quietly());
    process.env["VSPHERE_USER"] = username;
    process.env["VSPHERE_PASSWORD"] = "secret-for-tests-only-and-wrong";
    await assert.rejects(target.publish(artifact, quietly()), fails("publish.denied"));
  });

  it("reads credentials from a file, relative to the project's root", async () => {
    const { username, password } = server().vcenter;
    const path = join(folder(), "vsphere.json");
    const spec = server().spec({
      ...{ datastore: "LocalDS_0", username: undefined, password: undefined },
      credentialsFile: "vsphere.json",
    });
    const target = vsphereTarget(spec, { rootDirectory: folder() });
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.denied", /vsphere\.json/, /does not exist/, /mode 0600/),
    );
    await writeFile(path, JSON.stringify({ username, password }));
    await chmod(path, 0o600);
    await target.publish(artifact, quietly());
    await writeFile(path, `{"password": "${password}"`);
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.denied", /It is not JSON/),
    );
  });

  it("says what to check when the server does not respond", async () => {
    const target = server().datastore({ server: "127.0.0.1:9" });
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.unreachable", /ECONNREFUSED/, /HTTPS_PROXY and NO_PROXY/),
    );
    const published = recorded(await server().datastore().publish(artifact, quietly()));
    const uri = published.uri.replace(server().address, "127.0.0.1:9");
    assert.equal((await target.find({ ...published, uri }, never)).state, "unreachable");
  });

  it("ends at once when it is cancelled while the server is silent", async () => {
    server().proxy.add({ fault: { type: "hold" } });
    const user = new AbortController();
    setTimeout(() => user.abort(), 200);
    await assert.rejects(
      server()
        .datastore()
        .publish(artifact, quietly({ signal: user.signal })),
      fails("build.cancelled"),
    );
  });
});
