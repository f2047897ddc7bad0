import assert from "node:assert/strict";
import { execa } from "execa";
import { z } from "zod";
import type { Stack } from "../e2e/stack";
import { startCdi, type Cdi } from "../servers/cdi";
import { startDockerRegistry, type DockerRegistry } from "../servers/docker-registry";
import { startKubeApiServer, type KubeApiServer } from "../servers/kube-apiserver";
import { makeCertificate, startTlsFront, type TlsFront } from "../servers/tls-front";
import { startVcenter, type Vcenter } from "../servers/vcenter";
import { eventLog, previewThenUp, type Operations } from "./operations";
import { World } from "./world";

/** An image at that target and in a folder, which keeps its record; a machine from the target's artifact. */
const program = (target: string, formats: readonly string[], format: string): string => `
const image = new StylusImage("edge", args({
  formats: ${JSON.stringify(formats)} as "qcow2"[],
  publishTo: [{ type: "directory", path: folder + "/images" }, ${target}],
}));
new Machine("machine", image.artifacts.apply((all) => all.find((it) => it.format === "${format}" && !it.target.startsWith("directory:"))?.url ?? "none"));
export const artifacts = image.artifacts;
`;

interface Outputs {
  readonly artifacts: readonly {
    readonly format: string;
    readonly target: string;
    readonly url: string;
  }[];
}

async function expect(stack: Stack, operations: Operations): Promise<void> {
  const { up } = await previewThenUp(stack);
  assert.deepEqual(up.operations, operations, up.output);
}

async function urlAt(stack: Stack, scheme: string): Promise<string> {
  const { artifacts } = await stack.outputs<Outputs>();
  return artifacts.find(({ target }) => target.startsWith(scheme))?.url ?? "";
}

describe("An image in a registry (1, 2, 4)", () => {
  let world: World;
  let registry: DockerRegistry;
  let stack: Stack;
  const formats = ["qcow2", "containerdisk"];
  const target = () =>
    `{ type: "oci", repository: "${registry.host}/team/edge", plainHttp: true, tag: "newest", formats: ["containerdisk"] }`;

  before(async () => {
    world = await World.create();
    registry = await startDockerRegistry();
    stack = await world.stack("one", program(target(), formats, "containerdisk"), {
      env: eventLog,
    });
  });
  after(async () => {
    await registry.stop();
    await world.remove();
  });

  const sent = async (): Promise<number> =>
    (await registry.accessLog()).filter(({ method }) => ["PATCH", "PUT"].includes(method)).length;
  const inspect = (reference: string) =>
    execa("skopeo", ["inspect", "--tls-verify=false", `docker://${reference}`], { reject: false });

  it("2: is pushed once, and skopeo reads it by its digest", async () => {
    await expect(stack, { edge: "create", machine: "create" });
    const url = await urlAt(stack, "oci:");
    assert.match(url, /\/team\/edge@sha256:[0-9a-f]{64}$/);
    assert.equal((await inspect(url)).exitCode, 0);
    assert.equal((await inspect(`${registry.host}/team/edge:newest`)).exitCode, 0);
    const before = await sent();
    await expect(stack, { edge: "same", machine: "same" });
    assert.equal(await sent(), before);
  });

  it("4: is published again with the same digest when it was deleted", async () => {
    const url = await urlAt(stack, "oci:");
    const deleted = await execa("skopeo", ["delete", "--tls-verify=false", `docker://${url}`]);
    assert.equal(deleted.exitCode, 0);
    await stack.refresh();
    await stack.up();
    assert.equal(await urlAt(stack, "oci:"), url);
    assert.equal((await inspect(url)).exitCode, 0);
    assert.equal(await world.disks(), 1);
  });

  it("1: stays while another stack owns it, and is removed with the last one", async () => {
    const text = program(target(), formats, "containerdisk");
    const other = await world.stack("two", text, { machine: "elsewhere" });
    await other.up();
    const url = await urlAt(stack, "oci:");
    await stack.destroy();
    assert.equal((await inspect(url)).exitCode, 0);
    await other.destroy();
    assert.notEqual((await inspect(url)).exitCode, 0);
    assert.deepEqual(await world.records(), []);
  });
});

describe("An image in a content library (1, 2, 4, 5)", () => {
  let world: World;
  let front: TlsFront;
  let vcenter: Vcenter;
  let stack: Stack;
  /** ID of the library in vCenter, and ID of the target. */
  let [id, library] = ["", ""];
  let target: (more: object) => string;
  const deploy = {
    datacenter: "DC0",
    host: "DC0_H0",
    datastore: "LocalDS_1",
    network: "VM Network",
  };
  /** A machine from the item, and with a template another one from its UUID. */
  const programWith = (more: object, rest = ""): string => `
const image = new StylusImage("edge", args({
  formats: ["qcow2", "ova"],
  publishTo: [{ type: "directory", path: folder + "/images" }, ${target(more)}],
}));
new Machine("machine", image.artifact("ova", "${library}").url);
${rest}`;
  const deploying = (more: object = {}): string =>
    programWith(
      { deploy: { ...deploy, ...more } },
      `new Machine("clone", image.template().uuid);
export const template = image.template();`,
    );

  before(async () => {
    world = await World.create();
    const certificate = await makeCertificate();
    const passed = { port: 0 };
    front = await startTlsFront(certificate, () => passed.port);
    vcenter = await startVcenter(`https://127.0.0.1:${front.port}`);
    passed.port = vcenter.port;
    id = await vcenter.createLibrary("Edge images");
    library = `vsphere://127.0.0.1:${front.port}/library/Edge%20images`;
    target = (more) =>
      JSON.stringify({
        ...{ type: "vsphere", server: `127.0.0.1:${front.port}`, library: "Edge images" },
        ...{ thumbprint: certificate.sha256, ...more },
      });
    const { username, password } = vcenter;
    stack = await world.stack("one", programWith({}), {
      env: { ...eventLog, VSPHERE_USER: username, VSPHERE_PASSWORD: password },
    });
  });
  after(async () => {
    await vcenter.stop();
    await front.stop();
    await world.remove();
  });

  const items = async (): Promise<unknown[]> => {
    const found = await vcenter.rest("GET", `library/item?library_id=${id}`);
    return z.array(z.unknown()).parse(found ?? []);
  };
  const template = async (): Promise<{ name: string; path: string; uuid: string }> =>
    (await stack.outputs<{ template: { name: string; path: string; uuid: string } }>()).template;
  const idOf = ({ path }: { path: string }) => vcenter.idOf(path.slice(1));
  /** Number of uploads that the TLS proxy has seen begin. */
  const uploads = (): number =>
    front.texts.filter((text) => /^POST \S+\/item\/update-session HTTP/.test(text)).length;

  it("2: is uploaded as an item once", async () => {
    await expect(stack, { edge: "create", machine: "create" });
    assert.equal((await items()).length, 1);
    assert.equal(uploads(), 1);
    const before = front.received;
    await expect(stack, { edge: "same", machine: "same" });
    assert.equal((await items()).length, 1);
    // Only requests without a disk.
    assert.ok(front.received - before < 50_000);
  });

  it("4: is deployed to a template by a later update, without an upload and without replacing the machine", async () => {
    await world.rewrite(stack, deploying());
    await expect(stack, { edge: "update", machine: "same", clone: "create" });
    assert.ok(await idOf(await template()));
    assert.equal(uploads(), 1);
    assert.equal(await world.disks(), 1);
    await expect(stack, { edge: "same", machine: "same", clone: "same" });
  });

  it("4: is deployed again as the same template when that was deleted", async () => {
    const before = await template();
    await vcenter.soap("Destroy_Task", `VirtualMachine:${await idOf(before)}`, "");
    await stack.refresh();
    await expect(stack, { edge: "update", machine: "same", clone: "same" });
    assert.deepEqual(await template(), before);
    assert.ok(await idOf(before));
    assert.equal(uploads(), 1);
  });

  it("4: is deployed with changed options, and the former template is removed", async () => {
    const before = await template();
    await world.rewrite(stack, deploying({ datastore: "LocalDS_0", name: "golden" }));
    await expect(stack, { edge: "update", machine: "same", clone: "replace" });
    const now = await template();
    assert.match(now.path, /^\/DC0\/vm\/golden-[0-9a-f]{12}$/);
    assert.ok(await idOf(now));
    assert.equal(await idOf(before), undefined);
    assert.equal(uploads(), 1);
  });

  it("5: has no password in its state", async () => {
    const text = await stack.stateText();
    assert.ok(!text.includes(vcenter.password));
  });

  it("1: is removed with its only owner, and the template too", async () => {
    const path = (await template()).path;
    await stack.destroy();
    assert.deepEqual(await items(), []);
    assert.equal(await idOf({ path }), undefined);
    assert.deepEqual(await world.records(), []);
  });
});

describe("An image in a cluster with CDI (1, 2, 4, 5)", () => {
  let world: World;
  let kube: KubeApiServer;
  let cdi: Cdi;
  let front: TlsFront;
  let stack: Stack;
  const target = `{ type: "cdi", namespace: "images" }`;
  const volumes = "/apis/cdi.kubevirt.io/v1beta1/namespaces/images/datavolumes";

  before(async () => {
    world = await World.create();
    kube = await startKubeApiServer();
    cdi = await startCdi(kube);
    await kube.call("POST", "/api/v1/namespaces", { body: { metadata: { name: "images" } } });
    const certificate = await makeCertificate();
    front = await startTlsFront(certificate, () => cdi.proxy.port);
    const uploadProxyURL = `127.0.0.1:${front.port}`;
    await cdi.configure({ uploadProxyURL, uploadProxyCA: certificate.cert });
    stack = await world.stack("one", program(target, ["qcow2"], "qcow2"), {
      env: { ...eventLog, KUBECONFIG: kube.kubeconfig },
    });
  });
  after(async () => {
    await cdi.stop();
    await kube.stop();
    await front.stop();
    await world.remove();
  });

  const listed = z.object({
    items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
  });
  const names = async (): Promise<string[]> => {
    const { items } = listed.parse((await kube.call("GET", volumes)).body);
    return items.map(({ metadata }) => metadata.name);
  };

  /** Requests that sent a disk; the check before a build sends an empty one. */
  const uploads = (): number => cdi.proxy.uploads.filter(({ bytes }) => bytes > 0).length;

  it("2: is uploaded once", async () => {
    await expect(stack, { edge: "create", machine: "create" });
    const [name] = await names();
    assert.equal(await urlAt(stack, "cdi:"), `${kube.url}${volumes}/${name ?? ""}`);
    assert.equal(uploads(), 1);
    await expect(stack, { edge: "same", machine: "same" });
    assert.equal(uploads(), 1);
  });

  it("4: is published again with the same URL when it was deleted", async () => {
    const [name = ""] = await names();
    const url = await urlAt(stack, "cdi:");
    await kube.call("DELETE", `${volumes}/${name}`);
    await stack.refresh();
    await stack.up();
    assert.deepEqual(await names(), [name]);
    assert.equal(await urlAt(stack, "cdi:"), url);
    assert.equal(await world.disks(), 1);
  });

  it("4: stays, without an upload, when the current context is named explicitly", async () => {
    const named = `{ type: "cdi", namespace: "images", context: "test" }`;
    const before = uploads();
    await world.rewrite(stack, program(named, ["qcow2"], "qcow2"));
    await stack.up();
    assert.equal((await names()).length, 1);
    assert.equal(uploads(), before);
    await expect(stack, { edge: "same", machine: "same" });
  });

  it("5: has no token in its state", async () => {
    assert.ok(!(await stack.stateText()).includes(kube.token));
  });

  it("1: stays while another stack owns it, and is removed with the last one", async () => {
    const other = await world.stack("two", program(target, ["qcow2"], "qcow2"), {
      machine: "elsewhere",
      env: { KUBECONFIG: kube.kubeconfig },
    });
    await other.up();
    await stack.destroy();
    assert.equal((await names()).length, 1);
    await other.destroy();
    assert.deepEqual(await names(), []);
    assert.deepEqual(await world.records(), []);
  });
});
