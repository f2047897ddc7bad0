import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { previewThenUp, type Operations } from "../contract/operations";
import type { ResourceProvider } from "../servers/resource-provider";
import { makeCertificate, startTlsFront, type TlsFront } from "../servers/tls-front";
import { startVcenter, type Vcenter } from "../servers/vcenter";
import { startVsphereProvider } from "../servers/vsphere-provider";
import { Example } from "./example";

const token = "a-token-of-site-17";

interface Outputs {
  readonly template: string;
  readonly cd: string;
  readonly virtualMachine: string;
}

describe("examples/vsphere", () => {
  let front: TlsFront;
  let vcenter: Vcenter;
  let provider: ResourceProvider;
  let example: Example;
  let library = "";
  let first: Outputs;

  before(async () => {
    const certificate = await makeCertificate();
    const passed = { port: 0 };
    front = await startTlsFront(certificate, () => passed.port);
    vcenter = await startVcenter(`https://127.0.0.1:${front.port}`);
    passed.port = vcenter.port;
    library = await vcenter.createLibrary("Edge images");
    provider = await startVsphereProvider(vcenter);
    example = await Example.copy("vsphere", {
      config: {
        server: `127.0.0.1:${front.port}`,
        thumbprint: certificate.sha256,
        library: "Edge images",
        datacenter: "DC0",
        resourcePool: "DC0_H0/Resources",
        datastore: "LocalDS_0",
        network: "VM Network",
      },
      secrets: { edgeHostToken: token },
      env: {
        PULUMI_DEBUG_PROVIDERS: `vsphere:${provider.port}`,
        VSPHERE_USER: vcenter.username,
        VSPHERE_PASSWORD: vcenter.password,
      },
    });
  });
  after(async () => {
    await example.remove();
    await provider.stop();
    await vcenter.stop();
    await front.stop();
  });

  const expect = async (operations: Operations): Promise<void> => {
    const { preview, up } = await previewThenUp(example.stack);
    assert.deepEqual(preview.operations, operations, preview.output);
    assert.deepEqual(up.operations, operations, up.output);
  };
  const outputs = () => example.stack.outputs<Outputs>();
  const items = async (): Promise<unknown[]> =>
    z
      .array(z.unknown())
      .parse((await vcenter.rest("GET", `library/item?library_id=${library}`)) ?? []);
  const machineId = () => vcenter.idOf("/DC0/vm/edge-17");
  const cds = async (): Promise<string[]> => {
    const names = await readdir(join(vcenter.datastores.get("DC0/LocalDS_0")!), {
      recursive: true,
    });
    return names.filter((name) => name.startsWith("seeds/") && name.endsWith(".iso"));
  };

  it("makes a template of the OVA in the library, and a machine of it with the site's CD", async () => {
    await expect({ edge: "create", "site-17": "create", machine: "create" });
    first = await outputs();
    assert.equal((await items()).length, 1);
    assert.notEqual(await vcenter.idOf(first.template), undefined);
    assert.notEqual(await machineId(), undefined);
    const [cd, ...others] = await cds();
    assert.deepEqual(others, []);
    assert.ok(first.cd.endsWith(`/datastore/LocalDS_0/${cd}`));
    assert.partialDeepStrictEqual(provider.calls, [
      { verb: "create", name: "machine", inputs: { cdroms: [{ path: cd }] } },
    ]);
  });

  it("changes nothing the second time", async () => {
    await expect({ edge: "same", "site-17": "same", machine: "same" });
    assert.deepEqual(await outputs(), first);
  });

  it("leaves the machine alone when another format is published", async () => {
    const calls = provider.calls.length;
    await example.edit("index.ts", 'formats: ["ova"]', 'formats: ["ova", "iso"]');
    await expect({ edge: "update", "site-17": "same", machine: "same" });
    assert.equal(provider.calls.length, calls);
    assert.deepEqual(await outputs(), first);
    assert.equal((await items()).length, 2);
  });

  it("replaces the machine when the user-data changes, and removes template and OVA", async () => {
    const before = await machineId();
    await example.edit("user-data.yaml", "time.example.com", "clock.example.com");
    await expect({ edge: "replace", "site-17": "same", machine: "replace" });
    assert.notEqual((await outputs()).template, first.template);
    assert.notEqual(await machineId(), before);
    assert.equal(await vcenter.idOf(first.template), undefined);
    assert.equal((await items()).length, 2);
  });

  it("replaces the machine, and not the image, when the site's data changes", async () => {
    const { template } = await outputs();
    const before = await machineId();
    await example.edit("site-17.yaml", "edge-17", "edge-18");
    await expect({ edge: "same", "site-17": "replace", machine: "replace" });
    assert.equal((await outputs()).template, template);
    assert.notEqual(await machineId(), before);
    assert.equal((await cds()).length, 1);
  });

  it("shows no token and no password in its state", async () => {
    const { output } = await example.stack.run(["stack", "export"]);
    for (const secret of [token, vcenter.password]) assert.ok(!output.includes(secret));
  });

  it("leaves nothing", async () => {
    const { template } = await outputs();
    await example.stack.destroy();
    assert.deepEqual(await items(), []);
    assert.deepEqual(await cds(), []);
    assert.equal(await vcenter.idOf(template), undefined);
    assert.equal(await machineId(), undefined);
  });
});
