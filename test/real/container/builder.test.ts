import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { bootImage } from "../../e2e/boot-image";
import { findSecret } from "../../e2e/secret-search";
import { standInInstaller } from "../../servers/stand-in";
import { copyCheckout, type Checkout } from "../make/checkout";
import { openEngine, user, type ContainerEngine } from "./engine";

const token = `tok-${crypto.randomUUID()}`;
const MiB = 1024 * 1024;

/** Needs root for a store of containers. The programs in the containers have no privileges and no network. */
describe("the container image, by `make docker-build`", function () {
  this.timeout(1_200_000);
  let engine: ContainerEngine;
  let checkout: Checkout;

  before(async () => {
    [engine, checkout] = await Promise.all([openEngine(), copyCheckout()]);
    await copyFile(await standInInstaller(), join(checkout.folder, "Edge Installer.iso"));
  });
  after(() => engine.remove());
  after(() => checkout.remove());

  const dockerBuild = (env: Readonly<Record<string, string>>) =>
    checkout.make("docker-build", {
      ...engine.env,
      DOCKER: "buildah",
      DOCKER_OPTIONS: "--pull-never --network=host --layers",
      BASE_IMAGE: engine.baseImage,
      NODE_IMAGE: engine.nodeImage,
      ...env,
    });

  const machine = ["--memory", "1GiB", "--cpus", "2", "--disk-size", "3GiB"];

  async function assertImage(folder: string, file: string): Promise<void> {
    const path = join(folder, "images", file);
    assert.equal((await stat(path)).uid, user);
    await execa("qemu-img", ["check", "-f", "qcow2", path]);
  }

  it("says which variable is wrong", async () => {
    const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{}, /ISO_URL is not set\..*EMBED=false/s],
      [{ ISO_URL: "no.iso" }, /error: ISO_URL: there is no file no\.iso\./],
      [{ EMBED: "maybe", ISO_URL: "no.iso" }, /error: EMBED is "maybe"; set it to true or false\./],
      [
        { EMBED: "false", DOCKER: "no-such-engine" },
        /error: DOCKER: "no-such-engine" is not installed/,
      ],
    ];
    for (const [variables, expected] of refused) {
      const { exitCode, stderr } = await dockerBuild(variables);
      assert.equal(exitCode, 2);
      assert.match(stderr, expected);
    }
    const left = (await readdir(checkout.folder)).filter((it) => it.startsWith(".docker-build"));
    assert.deepEqual(left, []);
  });

  it("is small, runs the command line, and as nobody in particular", async () => {
    const made = await dockerBuild({ EMBED: "false", REPO: "localhost/dynamic", TAG: "v1" });
    assert.equal(made.exitCode, 0, made.stdout + made.stderr);
    const image = "localhost/dynamic:v1";
    const { User, Entrypoint, Env } = (await engine.inspect(image)).config;
    assert.match(User, /^[1-9]\d*:[1-9]\d*$/);
    assert.deepEqual(Entrypoint, ["tini", "-s", "--", "stylus-image"]);
    assert.ok(!Env.some((it) => it.startsWith("ISO_URL=")));
    const size = await engine.sizeOf(image);
    assert.ok(size < 400 * MiB, `${Math.round(size / MiB)} MiB`);
    const { stdout, stderr, exitCode } = await engine.run(image, ["doctor"], {
      work: join(checkout.folder, "doctor"),
    });
    assert.equal(exitCode, 0, stdout + stderr);
    assert.match(stdout, /^This machine can build images\.$/m);
  });

  it("makes an image of an installer that it is given, with EMBED=false", async () => {
    const work = join(checkout.folder, "dynamic");
    await mkdir(work);
    await copyFile(join(checkout.folder, "Edge Installer.iso"), join(work, "Edge.iso"));
    const args = ["build", ...machine, "--copy", "qcow2=images/*.qcow2"];
    const { exitCode, stderr } = await engine.run("localhost/dynamic:v1", args, {
      work,
      env: { ISO_URL: "Edge.iso", PALETTE_ENDPOINT: "p.example", EDGE_HOST_TOKEN: token },
    });
    assert.equal(exitCode, 0, stderr);
    // The container has no access to KVM, and the output says so.
    assert.match(stderr, /\btcg: \/dev\/kvm /);
    assert.equal(findSecret(stderr, token), undefined);
    await assertImage(work, "Edge.qcow2");
  });

  it("makes an image of the installer in it, with EMBED=true", async () => {
    const made = await dockerBuild({
      ...{ ISO_URL: "Edge Installer.iso", PALETTE_ENDPOINT: "p.example", TAG: "embedded" },
      ...{ EDGE_HOST_TOKEN: token, SSH_PASSWORD: token },
    });
    assert.equal(made.exitCode, 0, made.stdout + made.stderr);
    const image = "localhost/stylus-image-builder:embedded";
    const { config, text } = await engine.inspect(image);
    assert.ok(config.Env.includes("ISO_URL=/installer/Edge Installer.iso"));
    assert.ok(config.Env.includes("PALETTE_ENDPOINT=p.example"));
    assert.equal(findSecret(text, token), undefined);
    assert.notEqual(findSecret(text, "p.example"), undefined);
    const work = join(checkout.folder, "embedded");
    const args = ["build", ...machine, "--format", "qcow2,raw", "--copy", "qcow2=images/*.qcow2"];
    // The other mode's build booted its image in the container; both images are booted below, outside it.
    args.push("--no-verify-boot");
    const { exitCode, stderr, stdout } = await engine.run(image, args, {
      work,
      env: { EDGE_HOST_TOKEN: token },
    });
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^raw {2}\/work\/images\/edge-installer-[0-9a-f]{12}\//m);
    await assertImage(work, "Edge Installer.qcow2");
  });

  it("made, in both modes, an image that boots", async () => {
    const images = ["dynamic/images/Edge.qcow2", "embedded/images/Edge Installer.qcow2"];
    const boots = images.map((path) => bootImage(join(checkout.folder, path)));
    for (const console of await Promise.all(boots)) {
      assert.match(console, /is up \(COS_ACTIVE\)[^]*login:/);
    }
  });
});
