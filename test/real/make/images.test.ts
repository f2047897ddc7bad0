import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import {
  inspectInstalledDisk,
  readInstalledConfiguration,
} from "../../../provider/system/installed-disk";
import { bootImage } from "../../e2e/boot-image";
import { findSecret } from "../../e2e/secret-search";
import { startDockerRegistry, type DockerRegistry } from "../../servers/docker-registry";
import { serveFile } from "../../servers/http-files";
import { standInInstaller } from "../../servers/stand-in";
import { copyCheckout, type Checkout, type Made } from "./checkout";

const token = `tok-${crypto.randomUUID()}/edge+host=`;
const password = `pa'ss $HOME "word" ${crypto.randomUUID()}`;
const name = "Edge Installer-4.5";

// The tests build on one another: one install has to do for all of them.
describe("make, with the targets and variables of the old builder", function () {
  this.timeout(1_500_000);
  let checkout: Checkout;
  let registry: DockerRegistry;
  const env: Record<string, string> = {
    PALETTE_ENDPOINT: "https://palette.example.com/",
    REGISTRATION_URL: "https://register.example.com",
    EDGE_HOST_TOKEN: token,
    DISK_SIZE: "10000M",
    SSH_USER: "kairos",
    SSH_PASSWORD: password,
    BUILD_OPTIONS: "--memory 1GiB --cpus 2",
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
  const make = (args: string, more: Record<string, string> = {}) =>
    checkout.make(args, { ...env, ...more });

  function assertMade({ exitCode, stderr, stdout }: Made): void {
    assert.equal(exitCode, 0, stdout + stderr);
    for (const secret of [token, password])
      assert.equal(findSecret(stdout + stderr, secret), undefined);
  }

  it("names the variable that is missing, and what to do, before anything is built", async () => {
    const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ ISO_URL: "" }, /ISO_URL is not set\. Set it to the path or the URL of the installer ISO/],
      [{ ISO_URL: "no.iso" }, /There is no installer at .*no\.iso\. Correct .*ISO_URL/],
      [
        { EDGE_HOST_TOKEN: "", REGISTRATION_URL: "" },
        /or EDGE_HOST_TOKEN \(palette\.edgeHostToken\): is missing: .*REGISTRATION_URL/,
      ],
      [{ PALETTE_ENDPOINT: "" }, /^ {2}PALETTE_ENDPOINT: is not set, and EDGE_HOST_TOKEN says/m],
      [
        { SSH_PASSWORD: "" },
        /^ {2}SSH_PASSWORD: is not set, and kairos \(SSH_USER\) could never log in/m,
      ],
      [{ SSH_USER: "" }, /^ {2}SSH_USER: is not set, and SSH_PASSWORD is the password of nobody/m],
      [
        { DISK_SIZE: "much" },
        /--disk-size or DISK_SIZE \(machine\.diskSize\): "much" is not a size/,
      ],
    ];
    for (const [variables, expected] of refused) {
      const { exitCode, stderr } = await make("qcow2", variables);
      assert.equal(exitCode, 2);
      assert.match(stderr, expected);
    }
    const both = await make("qcow2-image vmdk-image", { REPO: "r.example/edge", TAG: "v1" });
    assert.match(both.stderr, /TAG=v1 can lead to one image only/);
    const odd = await make("qcow2-image", { REPO: "Bad Repo" });
    assert.match(odd.stderr, /must be a registry and a name[^]*REPO=Bad Repo\./);
    assert.equal(await checkout.machines(), 0);
    assert.ok(!existsSync(join(checkout.folder, "images")));
  });

  it("makes several formats at the cost of one install, also under -j, and tells no secret", async () => {
    const made = await make("-j4 qcow2 vmdk");
    assertMade(made);
    // The install, and the boot that verifies it.
    assert.equal(await checkout.machines(), 2);
    const args = [...made.commands].join("\n");
    assert.match(args, /qemu-system-x86_64 -name stylus-image/);
    assert.ok(made.environments.size > 0);
    for (const secret of [token, password]) {
      assert.equal(findSecret(args, secret), undefined);
      for (const environment of made.environments) {
        assert.equal(findSecret(environment, secret), undefined, environment);
      }
    }
    const info = await execa("qemu-img", ["info", "--output=json", "-f", "qcow2", image("qcow2")]);
    // 10000 MiB, rounded up to GiB.
    assert.match(info.stdout, /"virtual-size": 10737418240,/);
    await execa("qemu-img", [
      "compare",
      "-f",
      "qcow2",
      "-F",
      "vmdk",
      image("qcow2"),
      image("vmdk"),
    ]);
  });

  it("does nothing the second time, and leaves the files as they are", async () => {
    const compiled = join(checkout.folder, "dist", "provider", "cli", "main.js");
    const before = await Promise.all(
      [compiled, image("qcow2"), image("vmdk")].map((it) => stat(it)),
    );
    assertMade(await make("vmdk qcow2"));
    const after = await Promise.all(
      [compiled, image("qcow2"), image("vmdk")].map((it) => stat(it)),
    );
    assert.deepEqual(
      after.map(({ ino, ctimeMs }) => [ino, ctimeMs]),
      before.map(({ ino, ctimeMs }) => [ino, ctimeMs]),
    );
    assert.equal(await checkout.machines(), 2);
  });

  it("makes each other target from the same install", async () => {
    for (const target of ["img", "raw ova", "vhd", "gce containerdisk", "iso"]) {
      assertMade(await make(target));
    }
    assert.equal(await checkout.machines(), 2);
    for (const [extension, driver] of Object.entries({ img: "raw", qcow2: "qcow2", vhd: "vpc" })) {
      await execa("qemu-img", [
        "compare",
        "-f",
        "raw",
        "-F",
        driver,
        image("raw"),
        image(extension),
      ]);
    }
    assert.match((await execa("tar", ["-tf", image("ova")])).stdout, /\.ovf\n[^]*\.vmdk/);
    assert.match((await execa("tar", ["-tzf", image("tar.gz")])).stdout, /^disk\.raw$/);
    await execa("skopeo", ["inspect", `oci-archive:${image("oci.tar")}`]);
    const files = [
      "-indev",
      image("iso"),
      "-find",
      "/",
      "-name",
      "kernel",
      "--",
      "-report_el_torito",
      "plain",
    ];
    assert.match(
      (await execa("xorriso", files, { all: true })).all,
      /El Torito boot img[^]*\/boot\/kernel|\/boot\/kernel[^]*El Torito boot img/,
    );
    const names = (await readdir(join(checkout.folder, "images"))).filter((it) =>
      it.startsWith(name),
    );
    assert.deepEqual(
      names.sort(),
      ["img", "iso", "oci.tar", "ova", "qcow2", "raw", "tar.gz", "vhd", "vmdk"].map(
        (it) => `${name}.${it}`,
      ),
    );
  });

  it("hands a token that is an argument of make to no agent, and takes it all the same", async () => {
    const made = await make(`EDGE_HOST_TOKEN=${token} qcow2`, { EDGE_HOST_TOKEN: "" });
    assertMade(made);
    assert.equal(await checkout.machines(), 2);
    assert.notEqual(findSecret([...made.commands].join("\n"), token), undefined);
    assert.ok(made.environments.size > 0);
    for (const environment of made.environments) {
      assert.equal(findSecret(environment, token), undefined, environment);
    }
  });

  it("has Palette's variables and the user in the installed system, the password as a hash", async () => {
    const { signal } = new AbortController();
    const report = await inspectInstalledDisk(image("img"), signal);
    const text = (await readInstalledConfiguration(image("img"), report, signal)) ?? "";
    const installed = parse(text) as {
      stylus: { site: Record<string, unknown> };
      stages: Record<string, { users?: Record<string, { passwd: string; groups: string[] }> }[]>;
    };
    assert.deepEqual(installed.stylus.site, {
      paletteEndpoint: "palette.example.com",
      edgeHostToken: token,
      registrationURL: "https://register.example.com",
    });
    const users = Object.values(installed.stages)
      .flat()
      .map((stage) => stage.users?.["kairos"]);
    const hash = users.find((user) => user !== undefined)?.passwd ?? "";
    const [, salt = "none"] = /^\$6\$(.+)\$[^$]+$/.exec(hash) ?? [];
    const options = ["passwd", "-6", "-salt", salt, "-stdin"];
    const again = await execa("openssl", options, { input: `${password}\n` });
    assert.equal(again.stdout, hash);
    assert.equal(findSecret(text, password), undefined);
  });

  it("makes an image that boots", async () => {
    const copy = join(checkout.folder, "boot.disk.qcow2");
    await copyFile(image("qcow2"), copy);
    assert.match(await bootImage(copy, checkout.folder), /login:/);
  });

  it("takes the same installer from a URL, query and all, without another install", async () => {
    const content = await readFile(join(checkout.folder, `${name}.iso`));
    const server = await serveFile({ content });
    try {
      const url = `${server.origin}/Edge%20Installer-4.5-web.iso?signature=a/b`;
      assertMade(await make("qcow2", { ISO_URL: url }));
      assert.equal(await checkout.machines(), 2);
      assert.ok(existsSync(join(checkout.folder, "images", "Edge Installer-4.5-web.qcow2")));
    } finally {
      await server.close();
    }
  });

  it("writes qcow2-image and vmdk-image as OCI archives, and pushes to REPO:TAG where that is given", async () => {
    const options = { BUILD_OPTIONS: `${env["BUILD_OPTIONS"] ?? ""} --oci-plain-http` };
    assertMade(await make("vmdk-image"));
    await execa("skopeo", ["inspect", `oci-archive:${image("vmdk.oci.tar")}`]);
    const repository = `${registry.host}/team/edge`;
    assertMade(await make("qcow2-image", { ...options, REPO: repository, TAG: "v1" }));
    assertMade(await make("vmdk-image", { ...options, REPO: repository, TAG: "v1-vmdk" }));
    for (const [tag, extension] of [
      ["v1", "qcow2"],
      ["v1-vmdk", "vmdk"],
    ] as const) {
      const digest = async (place: string): Promise<string> =>
        (await execa("skopeo", ["inspect", "--tls-verify=false", "--format", "{{.Digest}}", place]))
          .stdout;
      const archive = await digest(`oci-archive:${image(`${extension}.oci.tar`)}`);
      assert.equal(await digest(`docker://${repository}:${tag}`), archive);
    }
    assert.equal(await checkout.machines(), 2);
  });

  it("replaces a copy that was altered, and never the installer", async () => {
    await writeFile(image("qcow2"), "somebody's");
    assertMade(await make("qcow2"));
    await execa("qemu-img", [
      "compare",
      "-f",
      "qcow2",
      "-F",
      "vmdk",
      image("qcow2"),
      image("vmdk"),
    ]);
    await rename(image("iso"), join(checkout.folder, "moved.iso"));
    await copyFile(join(checkout.folder, `${name}.iso`), image("iso"));
    const { exitCode, stderr } = await make("iso", { ISO_URL: `images/${name}.iso` });
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /--copy: would replace the installer images\/.*; move that to another folder/,
    );
  });
});
