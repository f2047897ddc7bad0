import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, readdir, readFile, rename, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import pMap from "p-map";
import { parse } from "yaml";
import {
  inspectInstalledDisk,
  readInstalledConfiguration,
} from "../../../provider/system/disk/inspect";
import { GiB } from "../../../provider/base/size";
import { bootImage } from "../../e2e/boot-image";
import { assertSameDisk, diskOf, unpack } from "../../e2e/disk-images";
import { runMachine, type Ended } from "../../e2e/plain-machine";
import { findSecret } from "../../e2e/secret-search";
import { startDockerRegistry, type DockerRegistry } from "../../servers/docker-registry";
import { serveFile } from "../../servers/http-files";
import { standInInstaller } from "../../servers/stand-in";
import { copyCheckout, type Checkout, type Made } from "./checkout";

const token = `tok-${crypto.randomUUID()}/edge+host=`;
const password = `pa'ss $HOME "word" ${crypto.randomUUID()}`;
const name = "Edge Installer-4.5";
const site = {
  paletteEndpoint: "palette.example.com",
  edgeHostToken: token,
  registrationURL: "https://register.example.com",
};
const oldTargets = ["img", "qcow2", "vmdk", "iso", "qcow2-image", "vmdk-image"];
const newTargets = ["raw", "ova", "vhd", "gce"];
const isUp = /installed system is up \(COS_ACTIVE\)[^]*login:/;

interface Configuration {
  readonly stylus: { readonly site: Record<string, unknown> };
  readonly stages: Record<string, { users?: Record<string, { passwd: string }> }[]>;
}

/** The configuration of the installed system on a disk. */
async function configurationOf(disk: string): Promise<Configuration & { readonly text: string }> {
  const { signal } = new AbortController();
  const report = await inspectInstalledDisk(disk, signal);
  const text = (await readInstalledConfiguration(disk, report, signal)) ?? "";
  return { text, ...(parse(text) as Configuration) };
}

// The tests depend on each other: they share one install.
describe("make, with the targets and variables of the old builder", function () {
  this.timeout(1_500_000);
  let checkout: Checkout;
  let registry: DockerRegistry;
  const env: Record<string, string> = {
    PALETTE_ENDPOINT: "https://palette.example.com/",
    REGISTRATION_URL: "https://register.example.com",
    EDGE_HOST_TOKEN: token,
    DISK_SIZE: "2000M",
    SSH_USER: "kairos",
    SSH_PASSWORD: password,
    // All disks are booted below, by a machine without our code.
    BUILD_OPTIONS: "--memory 1GiB --cpus 2 --no-verify-boot",
  };

  before(async () => {
    checkout = await copyCheckout();
    registry = await startDockerRegistry();
    env["ISO_URL"] = `${name}.iso`;
    await copyFile(await standInInstaller(), join(checkout.folder, `${name}.iso`));
  });
  after(() => registry.stop());
  after(() => checkout.remove());

  const image = (extension: string): string =>
    join(checkout.folder, "images", `${name}.${extension}`);
  const unpacked = (of: string): string => join(checkout.folder, `unpacked-${of}`);
  const make = (args: string, more: Record<string, string> = {}) =>
    checkout.make(args, { ...env, ...more });

  function assertMade({ exitCode, stderr, stdout }: Made): void {
    assert.equal(exitCode, 0, stdout + stderr);
    for (const secret of [token, password])
      assert.equal(findSecret(stdout + stderr, secret), undefined);
  }

  it("prints its targets and variables when it is called without a target", async () => {
    const { exitCode, stdout } = await checkout.make("");
    assert.equal(exitCode, 0);
    for (const target of [...oldTargets, ...newTargets, "docker-build"]) {
      assert.match(stdout, new RegExp(`^  make ${target} `, "m"));
    }
    for (const variable of Object.keys(env)) assert.match(stdout, new RegExp(`\\b${variable}\\b`));
  });

  it("reports a missing variable and the next step before anything is built", async () => {
    const refused: readonly (readonly [Record<string, string>, ...RegExp[]])[] = [
      [{ ISO_URL: "" }, /ISO_URL is not set\. Set it to the path or the URL of the installer ISO/],
      [{ ISO_URL: "no.iso" }, /There is no installer at .*no\.iso\. Correct .*ISO_URL/],
      [
        { EDGE_HOST_TOKEN: "", REGISTRATION_URL: "" },
        /or EDGE_HOST_TOKEN \(palette\.edgeHostToken\): is missing: .*REGISTRATION_URL/,
      ],
      [
        { SSH_PASSWORD: "" },
        /^ {2}SSH_PASSWORD: is not set, so kairos \(SSH_USER\) could not log in/m,
      ],
      [
        { PALETTE_ENDPOINT: "", SSH_USER: "", DISK_SIZE: "much" },
        /^ {2}PALETTE_ENDPOINT: is not set, but EDGE_HOST_TOKEN is/m,
        /^ {2}SSH_USER: is not set, but SSH_PASSWORD is/m,
        /--disk-size or DISK_SIZE \(machine\.diskSize\): "much" is not a size/,
      ],
    ];
    for (const [variables, ...expected] of refused) {
      const { exitCode, stderr } = await make("qcow2", variables);
      assert.equal(exitCode, 2);
      for (const text of expected) assert.match(stderr, text);
    }
    const both = await make("qcow2-image vmdk-image", { REPO: "r.example/edge", TAG: "v1" });
    assert.match(both.stderr, /TAG=v1 can name only one image/);
    const odd = await make("qcow2-image", { REPO: "Bad Repo" });
    assert.match(odd.stderr, /must be a registry and a name[^]*REPO=Bad Repo\./);
    assert.equal(await checkout.machines(), 0);
    assert.ok(!existsSync(join(checkout.folder, "images")));
  });

  it("makes all targets of one call with one install, even with -j, and prints no secret", async () => {
    const made = await make(["-j4", ...oldTargets, ...newTargets].join(" "));
    assertMade(made);
    assert.equal(await checkout.machines(), 1);
    const args = [...made.commands].join("\n");
    assert.match(args, /qemu-system-x86_64 -name stylus-image/);
    assert.ok([...made.environments].some((it) => it.includes("/agent/main.js")));
    for (const secret of [token, password]) {
      assert.equal(findSecret(args, secret), undefined);
      for (const environment of made.environments) {
        assert.equal(findSecret(environment, secret), undefined, environment);
      }
    }
    const names = (await readdir(join(checkout.folder, "images"))).filter((it) =>
      it.startsWith(name),
    );
    assert.deepEqual(
      names.sort(),
      [
        "img",
        "iso",
        "ova",
        "qcow2",
        "qcow2.oci.tar",
        "raw",
        "tar.gz",
        "vhd",
        "vmdk",
        "vmdk.oci.tar",
      ].map((it) => `${name}.${it}`),
    );
    // 2000 MiB, rounded up to GiB.
    assert.equal((await stat(image("img"))).size, 2 * GiB);
  });

  it("has the same disk in every format, and the file of its format in a container image", async () => {
    const gce = await unpack(image("tar.gz"), "disk.raw", unpacked("gce"));
    await assertSameDisk(image("img"), ...["raw", "qcow2", "vmdk", "vhd"].map(image), gce);
    for (const extension of ["qcow2", "vmdk"]) {
      const disk = await diskOf(image(`${extension}.oci.tar`), extension, unpacked(extension));
      await execa("cmp", [disk, image(extension)]);
    }
    const { stdout } = await execa("tar", ["-tf", image("ova")]);
    const [vmdk = "no disk"] = /^.*\.vmdk$/m.exec(stdout) ?? [];
    await execa("cmp", [await unpack(image("ova"), vmdk, unpacked("ova")), image("vmdk")]);
  });

  const consoles = new Map<string, string>();
  let field: Ended;
  /** An empty disk, on which the ISO installs. */
  const disk = (): string => join(checkout.folder, "field.raw");

  async function installFrom(path: string): Promise<Ended> {
    await writeFile(disk(), "");
    await truncate(disk(), 2 * GiB);
    const { folder } = checkout;
    const machine = { folder, name: "field", firmware: "bios", iso: { path, as: "cd" } } as const;
    return runMachine({ ...machine, disk: { path: disk(), format: "raw" } });
  }

  it("makes disks that boot with img, qcow2, vmdk, qcow2-image and vmdk-image", async () => {
    // The container images contain the files of `make qcow2` and `make vmdk` unchanged.
    const images = {
      img: image("img"),
      "qcow2 and qcow2-image": join(unpacked("qcow2"), "layer/disk/disk.qcow2"),
      "vmdk and vmdk-image": join(unpacked("vmdk"), "layer/disk/disk.vmdk"),
    };
    const boots = Object.entries(images).map(([target, path]) => async () => {
      consoles.set(target, await bootImage(path));
    });
    // Kept beside them for the test below.
    const iso = async (): Promise<void> => {
      field = await installFrom(image("iso"));
      consoles.set("iso", await bootImage(disk()));
    };
    await pMap([iso, ...boots], (work) => work(), { concurrency: 2 });
    for (const target of Object.keys(images))
      assert.match(consoles.get(target) ?? "", isUp, target);
  });

  it("makes an ISO that installs an empty disk unattended, which then boots", async () => {
    const { console, ...ended } = field;
    assert.match(console, /no CD with user-data, only what is on the installer itself/);
    assert.match(console, /installation finished/);
    assert.deepEqual(ended, { reason: "guest-shutdown", ejected: true });
    assert.match(consoles.get("iso") ?? "", isUp);
    assert.deepEqual((await configurationOf(disk())).stylus.site, site);
  });

  it("does nothing in the second run, and does not change the files", async () => {
    const compiled = join(checkout.folder, "dist", "provider", "cli", "main.js");
    const files = [compiled, image("qcow2"), image("vmdk"), image("iso")];
    const states = async () =>
      (await Promise.all(files.map((it) => stat(it)))).map(({ ino, ctimeMs }) => [ino, ctimeMs]);
    const before = await states();
    assertMade(await make("vmdk qcow2 iso"));
    assert.deepEqual(await states(), before);
    assert.equal(await checkout.machines(), 1);
  });

  it("uses a token that is an argument of make, without passing it to an agent", async () => {
    const made = await make(`EDGE_HOST_TOKEN=${token} containerdisk`, { EDGE_HOST_TOKEN: "" });
    assertMade(made);
    assert.equal(await checkout.machines(), 1);
    await execa("cmp", [image("oci.tar"), image("qcow2.oci.tar")]);
    assert.notEqual(findSecret([...made.commands].join("\n"), token), undefined);
    assert.ok([...made.environments].some((it) => it.includes("/agent/main.js")));
    for (const environment of made.environments) {
      assert.equal(findSecret(environment, token), undefined, environment);
    }
  });

  it("configures Palette and the user in the installed system, with a hashed password", async () => {
    const { text, stylus, stages } = await configurationOf(image("img"));
    assert.deepEqual(stylus.site, site);
    const users = Object.values(stages)
      .flat()
      .map((stage) => stage.users?.["kairos"]);
    const hash = users.find((user) => user !== undefined)?.passwd ?? "";
    const [, salt = "none"] = /^\$6\$(.+)\$[^$]+$/.exec(hash) ?? [];
    const options = ["passwd", "-6", "-salt", salt, "-stdin"];
    const again = await execa("openssl", options, { input: `${password}\n` });
    assert.equal(again.stdout, hash);
    assert.equal(findSecret(text, password), undefined);
  });

  it("uses the same installer from a URL with a query, without another install", async () => {
    const content = await readFile(join(checkout.folder, `${name}.iso`));
    const server = await serveFile({ content });
    try {
      const url = `${server.origin}/Edge%20Installer-4.5-web.iso?signature=a/b`;
      assertMade(await make("qcow2", { ISO_URL: url }));
      assert.equal(await checkout.machines(), 1);
      assert.ok(existsSync(join(checkout.folder, "images", "Edge Installer-4.5-web.qcow2")));
    } finally {
      await server.close();
    }
  });

  it("pushes qcow2-image and vmdk-image to REPO:TAG if it is set", async () => {
    const options = { BUILD_OPTIONS: `${env["BUILD_OPTIONS"] ?? ""} --oci-plain-http` };
    const repository = `${registry.host}/team/edge`;
    for (const [tag, extension] of [
      ["v1", "qcow2"],
      ["v1-vmdk", "vmdk"],
    ] as const) {
      const pushed = { ...options, REPO: repository, TAG: tag };
      assertMade(await make(`${extension}-image`, pushed));
      const digest = async (place: string): Promise<string> =>
        (await execa("skopeo", ["inspect", "--tls-verify=false", "--format", "{{.Digest}}", place]))
          .stdout;
      const archive = await digest(`oci-archive:${image(`${extension}.oci.tar`)}`);
      assert.equal(await digest(`docker://${repository}:${tag}`), archive);
    }
    assert.equal(await checkout.machines(), 1);
  });

  it("replaces an altered copy, but never the installer", async () => {
    await writeFile(image("qcow2"), "altered");
    assertMade(await make("qcow2"));
    await assertSameDisk(image("img"), image("qcow2"));
    await rename(image("iso"), join(checkout.folder, "moved.iso"));
    await copyFile(join(checkout.folder, `${name}.iso`), image("iso"));
    const { exitCode, stderr } = await make("iso", { ISO_URL: `images/${name}.iso` });
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /--copy: would replace the installer images\/.*; move the installer elsewhere/,
    );
  });
});
