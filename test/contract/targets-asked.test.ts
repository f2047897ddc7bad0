import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countQemu, type QemuCounter } from "../e2e/qemu-counter";
import type { Stack } from "../e2e/stack";
import { startCdi, type Cdi } from "../servers/cdi";
import { startDockerRegistry, type DockerRegistry } from "../servers/docker-registry";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { startKubeApiServer, type KubeApiServer } from "../servers/kube-apiserver";
import { startNginx, type Nginx } from "../servers/nginx";
import { makeCertificate, startTlsFront, type TlsFront } from "../servers/tls-front";
import { startVcenter, type Vcenter } from "../servers/vcenter";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { World } from "./world";

const repository = join(__dirname, "..", "..");

describe("Targets that are asked before a build (P15)", () => {
  let world: World;
  let s3: Versitygw;
  let bucket: FaultProxy;
  let registry: DockerRegistry;
  let locked: DockerRegistry;
  let nginx: Nginx;
  let kube: KubeApiServer;
  let cdi: Cdi;
  let vcenter: Vcenter;
  let front: TlsFront;
  let proxyFront: TlsFront;
  let thumbprint = "";
  let qemu: QemuCounter;
  let home = "";
  const stops: (() => Promise<unknown>)[] = [];

  before(async () => {
    world = await World.create();
    stops.push(() => world.remove());
    home = await mkdtemp(join(tmpdir(), "home-"));
    stops.push(() => rm(home, { recursive: true, force: true }));
    s3 = await startVersitygw();
    stops.push(() => s3.stop());
    await s3.createBucket("images");
    bucket = await startFaultProxy(s3.port);
    stops.push(() => bucket.stop());
    registry = await startDockerRegistry();
    stops.push(() => registry.stop());
    locked = await startDockerRegistry({ htpasswd: "" });
    stops.push(() => locked.stop());
    nginx = await startNginx({ kind: "read-only" });
    stops.push(() => nginx.stop());
    kube = await startKubeApiServer();
    stops.unshift(() => kube.stop());
    cdi = await startCdi(kube);
    stops.unshift(() => cdi.stop());
    const certificate = await makeCertificate();
    thumbprint = certificate.sha256;
    proxyFront = await startTlsFront(certificate, () => cdi.proxy.port);
    stops.push(() => proxyFront.stop());
    await cdi.configure({
      uploadProxyURL: `127.0.0.1:${proxyFront.port}`,
      uploadProxyCA: certificate.cert,
    });
    const passed = { port: 0 };
    front = await startTlsFront(certificate, () => passed.port);
    stops.push(() => front.stop());
    vcenter = await startVcenter(`https://127.0.0.1:${front.port}`);
    stops.push(() => vcenter.stop());
    passed.port = vcenter.port;
    qemu = await countQemu();
    stops.push(() => qemu.remove());
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const environment = () => ({
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    KUBECONFIG: kube.kubeconfig,
    VSPHERE_USER: vcenter.username,
    VSPHERE_PASSWORD: vcenter.password,
    // No login of this machine's user.
    DOCKER_CONFIG: home,
    REGISTRY_AUTH_FILE: join(home, "none"),
    XDG_RUNTIME_DIR: home,
  });
  const s3Target = (name: string): object => ({
    ...{ type: "s3", bucket: name, region: "us-east-1", endpoint: bucket.endpoint },
  });
  const vsphereTarget = (): object => ({
    ...{ type: "vsphere", server: `127.0.0.1:${front.port}`, thumbprint },
    library: "Nowhere",
  });
  const image = (targets: readonly object[], more = "", formats = ["qcow2", "ova"]): string => `
    new StylusImage("edge", args({
      formats: ${JSON.stringify(formats)} as "qcow2"[],
      publishTo: [
        { type: "directory", path: folder + "/images" },
        ...(${JSON.stringify(targets)} as object[]).map((target) => target as { type: "directory"; path: string }),
      ],
      ${more}
    }));`;
  const broken = (): readonly object[] => [
    { type: "directory", path: join(world.folder, "installer.iso", "images") },
    s3Target("missing"),
    { type: "oci", repository: `${locked.host}/team/edge`, plainHttp: true },
    { type: "http", url: `${nginx.origin}/images` },
    vsphereTarget(),
    { type: "cdi", namespace: "nowhere" },
  ];
  /** A part of each target's problem: the cause, and the next step. */
  const causes = (): readonly RegExp[] => [
    /installer\.iso is not a folder\..*Correct the target's `path`/,
    /The bucket "missing" does not exist there\. Create it: `aws s3 mb s3:\/\/missing/,
    new RegExp(`oci://${locked.host}/team/edge.*docker login`),
    /the server answered 405\. .*nginx: `dav_methods PUT DELETE/,
    /has no content library "Nowhere"\..*govc library\.create/,
    /The cluster has no namespace "nowhere"\. Create it/,
  ];
  const failedUp = async (stack: Stack): Promise<string> => {
    const { all, exitCode } = await stack.start(["up", "--yes", "--skip-preview"]);
    assert.notEqual(exitCode, 0, all);
    return all;
  };

  for (const agent of ["the contract's agent", "the package's agent"] as const) {
    it(`P15: with ${agent}, the problems of every kind of target are in one error, before QEMU starts`, async () => {
      const own = agent === "the package's agent" ? "buildHost: undefined," : "";
      const stack = await world.stack(agent.replace(/\W/g, "-"), image(broken(), own), {
        env: environment(),
        path: [qemu.folder],
      });
      const said = await failedUp(stack);
      assert.match(said, /6 targets cannot be published to, for 6 reasons\./);
      for (const cause of causes()) assert.match(said, cause);
      assert.ok(!said.includes(vcenter.password) && !said.includes(s3.secretAccessKey));
      assert.equal(await world.disks(), 0);
      assert.deepEqual([await qemu.installs(), await qemu.verifications()], [0, 0]);
      // The target that is fine was not published to, and no owner is left at it.
      assert.deepEqual([...(await world.published()), ...(await world.records())], []);
      assert.doesNotMatch(await stack.stateText(), /StylusImage::edge/);
    });
  }

  it("P15: one target that refuses keeps its own error and code", async () => {
    const targets = [{ type: "oci", repository: `${locked.host}/team/edge`, plainHttp: true }];
    const stack = await world.stack("one-broken", image(targets), { env: environment() });
    assert.match(await failedUp(stack), /oci:\/\/.*team\/edge.*\[publish\.denied\]/);
    assert.equal(await world.disks(), 0);
  });

  it("P15: doctor --to says the same of the same targets, alone and with an empty PATH", async () => {
    const main = join(repository, "dist", "provider", "cli", "main.js");
    const doctor = async (...args: readonly string[]) =>
      execa(process.execPath, [main, "doctor", ...args], {
        cwd: world.folder,
        env: { ...environment(), XDG_CACHE_HOME: join(world.folder, "doctor"), PATH: "/nowhere" },
        reject: false,
      });
    const to = [
      "installer.iso/images",
      "s3://missing",
      `oci://${locked.host}/team/edge`,
      `${nginx.origin}/images`,
      `vsphere://127.0.0.1:${front.port}/library/Nowhere`,
      "cdi://nowhere",
    ].flatMap((place) => ["--to", place]);
    const options = ["--s3-endpoint", bucket.endpoint, "--s3-region", "us-east-1"];
    const more = ["--oci-plain-http", "--vsphere-thumbprint", thumbprint];
    const refused = await doctor(...to, ...options, ...more);
    assert.equal(refused.exitCode, 1, refused.stderr);
    for (const cause of causes()) assert.match(refused.stdout, cause);
    const fine = await doctor("--to", "images", "--to", "s3://images", ...options, "--json");
    assert.equal(fine.exitCode, 0, fine.stdout);
    assert.deepEqual((JSON.parse(fine.stdout) as { problems: unknown }).problems, []);
  });

  it("P15: targets that are fine get a few requests once; an unchanged image and a target with everything get none", async () => {
    const targets = [
      s3Target("images"),
      {
        type: "oci",
        repository: `${registry.host}/team/edge`,
        plainHttp: true,
        formats: ["qcow2"],
      },
    ];
    const stack = await world.stack("fine", image(targets), { env: environment() });
    const asked = async (): Promise<number[]> => [
      bucket.requests.filter(({ path }) => path.includes("/check-000000000000/")).length,
      (await registry.accessLog()).filter(({ path }) => path.includes("stylus-image-check")).length,
    ];
    bucket.reset();
    await stack.up();
    assert.equal(await world.disks(), 1);
    // S3: HEAD and GET of an object that is not there, an upload that is begun and aborted. Registry: HEAD, GET and PUT.
    assert.deepEqual(await asked(), [4, 3]);
    await stack.up();
    assert.deepEqual(await asked(), [4, 3]);
    // The registry has everything that it accepts.
    await world.rewrite(stack, image(targets, "", ["qcow2", "ova", "vmdk"]));
    await stack.up();
    assert.deepEqual(await asked(), [8, 3]);
    assert.equal(await world.disks(), 1);
    await stack.destroy();
  });
});
