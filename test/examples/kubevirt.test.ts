import assert from "node:assert/strict";
import { execa } from "execa";
import { z } from "zod";
import { previewThenUp, type Operations } from "../contract/operations";
import { startDockerRegistry, type DockerRegistry } from "../servers/docker-registry";
import { startKubeApiServer, type KubeApiServer } from "../servers/kube-apiserver";
import { startKubernetesProvider } from "../servers/kubernetes-provider";
import { kubevirtCrds } from "../servers/kubevirt-crds";
import type { ResourceProvider } from "../servers/resource-provider";
import { Example } from "./example";

const dataVolumes = "/apis/cdi.kubevirt.io/v1beta1/namespaces/default/datavolumes";
const machines = "/apis/kubevirt.io/v1/namespaces/default/virtualmachines";

const listSchema = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string(), uid: z.string() }), spec: z.unknown() }),
  ),
});

interface Outputs {
  readonly containerDisk: string;
  readonly dataVolume: string;
}

describe("examples/kubevirt", () => {
  let registry: DockerRegistry;
  let cluster: KubeApiServer;
  let provider: ResourceProvider;
  let example: Example;
  let first: Outputs;

  before(async () => {
    [registry, cluster] = await Promise.all([startDockerRegistry(), startKubeApiServer()]);
    await cluster.establish(kubevirtCrds());
    provider = await startKubernetesProvider(cluster);
    example = await Example.copy("kubevirt", {
      config: {
        repository: `${registry.host}/team/edge`,
        plainHttp: "true",
        siteSecret: "site-17",
      },
      env: { PULUMI_DEBUG_PROVIDERS: `kubernetes:${provider.port}` },
    });
  });
  after(async () => {
    await example.remove();
    await provider.stop();
    await Promise.all([registry.stop(), cluster.stop()]);
  });

  const expect = async (operations: Operations): Promise<void> => {
    const { preview, up } = await previewThenUp(example.stack);
    assert.deepEqual(preview.operations, operations, preview.output);
    assert.deepEqual(up.operations, operations, up.output);
  };
  const outputs = () => example.stack.outputs<Outputs>();
  const objects = async (path: string) =>
    listSchema.parse((await cluster.call("GET", path)).body).items;
  const identity = async () =>
    [...(await objects(dataVolumes)), ...(await objects(machines))].map(({ metadata }) => metadata);
  const inspect = (image: string) =>
    execa("skopeo", ["inspect", "--tls-verify=false", `docker://${image}`], { reject: false });

  it("makes a DataVolume of the pushed containerdisk, and a machine of it", async () => {
    await expect({ edge: "create", disk: "create", machine: "create" });
    first = await outputs();
    assert.equal((await inspect(first.containerDisk)).exitCode, 0);
    const [disk, ...others] = await objects(dataVolumes);
    assert.deepEqual(others, []);
    assert.equal(disk!.metadata.name, first.dataVolume);
    assert.deepEqual(disk!.spec, {
      source: { registry: { url: `docker://${first.containerDisk}` } },
      storage: { resources: { requests: { storage: "1Gi" } } },
    });
    const [machine] = await objects(machines);
    assert.partialDeepStrictEqual(machine!.spec, {
      template: { spec: { volumes: [{ name: "root", dataVolume: { name: first.dataVolume } }] } },
    });
  });

  it("changes nothing the second time", async () => {
    const before = await identity();
    await expect({ edge: "same", disk: "same", machine: "same" });
    assert.deepEqual(await identity(), before);
  });

  it("leaves disk and machine alone when another format is published", async () => {
    const before = await identity();
    const calls = provider.calls.length;
    await example.edit("index.ts", '["containerdisk"]', '["qcow2", "containerdisk"]');
    await expect({ edge: "update", disk: "same", machine: "same" });
    assert.deepEqual(await identity(), before);
    assert.equal(provider.calls.length, calls);
    assert.deepEqual(await outputs(), first);
  });

  it("replaces disk and machine when the user-data changes, and removes the old image", async () => {
    const before = await identity();
    await example.edit("user-data.yaml", "time.example.com", "clock.example.com");
    await expect({ edge: "replace", disk: "replace", machine: "replace" });
    const now = await identity();
    assert.equal(now.length, 2);
    for (const { uid } of before) assert.ok(now.every((it) => it.uid !== uid));
    const { containerDisk, dataVolume } = await outputs();
    assert.notEqual(dataVolume, first.dataVolume);
    assert.equal((await inspect(containerDisk)).exitCode, 0);
    assert.notEqual((await inspect(first.containerDisk)).exitCode, 0);
  });

  it("leaves nothing", async () => {
    const { containerDisk } = await outputs();
    await example.stack.destroy();
    assert.deepEqual(await identity(), []);
    assert.notEqual((await inspect(containerDisk)).exitCode, 0);
  });
});
