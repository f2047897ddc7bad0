import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { installArguments } from "../../../../provider/plan/qemu-arguments";
import { findRecipe, latestRecipe } from "../../../../provider/plan/recipe";
import { GiB } from "../../../../provider/base/size";
import { expectationFor } from "../../../../provider/plan/installed-system";
import { inspectInstalledDisk } from "../../../../provider/system/disk/inspect";
import { findDefects } from "../../../../provider/system/disk/check";
import { bootImage } from "../../../e2e/boot-image";
import { assertSameDisk } from "../../../e2e/disk-images";
import { serveFile } from "../../../servers/http-files";
import { standInInstaller } from "../../../servers/stand-in";
import { compiledCli, runCli } from "../compiled-cli";

const token = "planted-token-0123456789";
const smallest = { firmware: "bios", secureBoot: false, diskSize: GiB } as const;
const never = new AbortController().signal;

describe("export packer", function () {
  this.timeout(900_000);
  let folder = "";
  let installer = "";
  let env: Record<string, string> = {};
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-packer-"));
    installer = await standInInstaller();
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "token"), `${token}\n`);
    const path = [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter);
    env = { PATH: path, XDG_CACHE_HOME: join(folder, "cache"), CHECKPOINT_DISABLE: "1" };
    await program("stylus-image", `exec '${process.execPath}' '${await compiledCli()}' "$@"`);
    const real = (await execa("which", ["qemu-system-x86_64"])).stdout;
    const isMachine = `case "$*" in *-uuid*) printf '%s\\n' "$@" >'${folder}/argv'; echo $$ >>'${folder}/machines' ;; esac`;
    await program("qemu-system-x86_64", `${isMachine}\nexec '${real}' "$@"`);
  });
  beforeEach(() => rm(join(folder, "machines"), { force: true }));
  after(() => rm(folder, { recursive: true, force: true }));

  async function program(name: string, line: string): Promise<void> {
    await writeFile(join(folder, "bin", name), `#!/bin/sh\n${line}\n`);
    await chmod(join(folder, "bin", name), 0o755);
  }

  const args = (to: string, from = installer): string[] => [
    ...["export", "packer", "--installer", from, "--name", "edge", "--to", to],
    ...["--disk-size", "1GiB", "--memory", "1GiB", "--cpus", "1", "--accelerator", "tcg"],
    ...["--palette-endpoint", "p.example", "--edge-host-token-file", join(folder, "token")],
  ];
  const exported = (to: string, ...more: readonly string[]) =>
    runCli([...args(to), ...more], { cwd: folder, env });
  async function written(to: string, ...more: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await exported(to, ...more);
    assert.equal(exitCode, 0, stderr);
  }
  const packer = (...words: readonly string[]) =>
    execa("packer", words, { cwd: folder, env, reject: false, all: true, input: "" });
  async function built(...words: readonly string[]): Promise<void> {
    const ended = await packer("build", "-color=false", ...words);
    assert.equal(ended.exitCode, 0, ended.all);
  }
  const machines = async (): Promise<readonly string[]> =>
    (await readFile(join(folder, "machines"), "utf8").catch(() => "")).split("\n").slice(0, -1);
  const paths = (...names: readonly string[]): readonly string[] =>
    names.map((name) => join(folder, name));
  async function assertInstalled(disk: string, firmware: "bios" | "uefi"): Promise<void> {
    const report = await inspectInstalledDisk(join(folder, disk), never);
    assert.deepEqual(findDefects(report, expectationFor("kairos", firmware)), []);
  }

  it("writes templates that Packer validates, and prints the files", async () => {
    const setting = ["--format-option", "ova.extraConfig.guestinfo.a=planted-setting-0123"];
    const ended = await exported("valid", "--format", "vmdk,ova", ...setting, "--json");
    assert.equal(ended.exitCode, 0, ended.stderr);
    const { files } = z.object({ files: z.array(z.string()) }).parse(JSON.parse(ended.stdout));
    const found = await readdir(join(folder, "valid"), { recursive: true });
    assert.deepEqual(found.filter((name) => name !== "by-format").sort(), files.toSorted());
    for (const template of ["valid", "valid/template.json", "valid/by-format"]) {
      const { exitCode, all } = await packer("validate", template);
      assert.equal(exitCode, 0, `${template}: ${all}`);
    }
    const { exitCode, all } = await packer("validate", "valid/by-format/template.json");
    assert.equal(exitCode, 0, all);
  });

  it("writes secrets to files that only their owner can read", async () => {
    const holders = async (secret: string) => {
      const { stdout } = await execa("grep", ["-rlaF", secret, "valid"], { cwd: folder });
      return stdout.split("\n");
    };
    assert.deepEqual(await holders(token), ["valid/seed.iso"]);
    assert.deepEqual(await holders("planted-setting-0123"), ["valid/ova-setting-1"]);
    for (const file of ["seed.iso", "ova-setting-1", "serial.log"]) {
      assert.equal((await stat(join(folder, "valid", file))).mode & 0o777, 0o600, file);
    }
    const ignored = await readFile(join(folder, "valid/.gitignore"), "utf8");
    assert.ok(ignored.includes("seed.iso\n") && ignored.includes("ova-setting-1\n"));
  });

  it("writes the same text for the same plan, and overwrites nothing", async () => {
    await written("again", "--format", "vmdk,ova");
    await written("once-more", "--format", "vmdk,ova");
    await execa("diff", ["-r", "again", "once-more"], { cwd: folder });
    const ended = await exported("again", "--format", "vmdk,ova");
    assert.equal(ended.exitCode, 2);
    assert.match(ended.stderr, /again is not empty\..*remove this one if it is an earlier export/s);
  });

  it("builds with Packer from HCL2 with UEFI and an installer on a server: one install for all formats", async () => {
    const server = await serveFile({ content: await readFile(installer) });
    try {
      const sha256 = (await execa("sha256sum", [installer])).stdout.slice(0, 64);
      const more = ["--sha256", sha256, "--firmware", "uefi", "--format", "vmdk,qcow2,ova"];
      const ended = await runCli([...args("uefi", server.url), ...more], { cwd: folder, env });
      assert.equal(ended.exitCode, 0, ended.stderr);
      assert.match(ended.stderr, /is assumed to be kairos\. Use --kind/);
      const template = await readFile(join(folder, "uefi/template.pkr.hcl"), "utf8");
      const variables = /^ {2}default = "(.*VARS.*)"$/m.exec(template)?.[1] ?? "";
      const before = await readFile(variables);
      await built("uefi");
      assert.ok(before.equals(await readFile(variables)), "the host's firmware stays as it was");
    } finally {
      await server.close();
    }
    assert.equal((await machines()).length, 1);
    const images = (await readdir(join(folder, "images"))).sort();
    assert.deepEqual(images, ["edge.ova", "edge.qcow2", "edge.vmdk"]);
    await assertInstalled("output-all/edge.raw", "uefi");
    await assertSameDisk(...paths("output-all/edge.raw", "images/edge.vmdk", "images/edge.qcow2"));
    const { stdout } = await runCli(["inspect", "images/edge.qcow2"], { cwd: folder, env });
    assert.match(stdout, /COS_STATE[^]*COS_OEM|COS_OEM[^]*COS_STATE/);
    const log = await readFile(join(folder, "uefi/serial.log"), "latin1");
    assert.match(log, /stand-in: installation finished, powering off/);
    assert.equal((await stat(join(folder, "uefi/serial.log"))).mode & 0o777, 0o600);
  });

  it("configures the installed system with the user-data of the seed", async () => {
    const text = await execa("grep", ["-caF", token, "output-all/edge.raw"], { cwd: folder });
    assert.notEqual(text.stdout, "0");
  });

  it("builds with Packer from JSON with BIOS and the old builder's arguments: -only vmdk.qemu.stylus -var iso=NAME", async () => {
    await rm(join(folder, "images"), { recursive: true });
    await written("bios", "--format", "vmdk,qcow2");
    await link(installer, join(folder, "named.iso")).catch(() =>
      copyFile(installer, join(folder, "named.iso")),
    );
    const words = ["-only", "vmdk.qemu.stylus", "-var", "iso=named.iso"];
    await built(...words, "bios/by-format/template.json");
    assert.equal((await machines()).length, 1);
    assert.match(await readFile(join(folder, "argv"), "utf8"), /named\.iso/);
    assert.deepEqual(await readdir(join(folder, "images")), ["edge.vmdk"]);
    await assertInstalled("output-vmdk/edge.raw", "bios");
    await assertSameDisk(...paths("output-vmdk/edge.raw", "images/edge.vmdk"));
  });

  it("runs the same virtual machine as our own install, with no additional device", async () => {
    const words = (await readFile(join(folder, "argv"), "utf8")).split("\n");
    const values = (option: string) =>
      words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ""] : []));
    const recipe = findRecipe(latestRecipe);
    assert.ok(recipe !== undefined);
    const identity = { uuid: "", mac: "MAC", serial: "SERIAL" };
    const own = installArguments(
      { ...smallest, network: "isolated", accelerator: "tcg" },
      recipe,
      { accelerator: "tcg", cpuModel: "", cpus: 1, memoryBytes: 0, socketDirectory: "" },
      identity,
      { disk: "", cds: ["", ""], serialLog: "" },
    );
    const plain = (device: string) =>
      device.replace(/mac=[0-9a-f:]+/, "mac=MAC").replace(/serial=[0-9a-f]+/, "serial=SERIAL");
    const devices = own.filter((_, index) => own[index - 1] === "-device");
    assert.ok(devices.length > 6);
    assert.deepEqual(values("-device").map(plain), devices);
    assert.deepEqual(values("-vnc"), ["none"]);
  });

  // By the comparisons above, the disks of the two kinds of images are the same.
  it("makes a disk that boots, and convert makes images that boot", async () => {
    const [disk = "", image = ""] = paths("output-all/edge.raw", "images/edge.vmdk");
    const consoles = await Promise.all([bootImage(disk, { firmware: "uefi" }), bootImage(image)]);
    for (const console of consoles) assert.match(console, /is up \(COS_ACTIVE\)[^]*login:/);
  });

  it("selects builds in HCL2 by the same names, and by no other", async () => {
    await written("one", "--format", "raw");
    const selected = async (name: string, template = "bios/by-format") => {
      const listed = await packer("validate", `-only=${name}`, template);
      assert.equal(listed.exitCode, 0, listed.all);
      const gone = ["-var", "iso=gone.iso", `-only=${name}`];
      return packer("build", "-color=false", "-force", ...gone, template);
    };
    // The build either starts to look for an installer, or has nothing to do.
    const one = await selected("qcow2.qemu.stylus");
    assert.match(one.all, /qcow2\.qemu\.stylus/);
    assert.doesNotMatch(one.all, /vmdk\.qemu\.stylus/);
    assert.match((await selected("img.qemu.stylus", "one")).all, /img\.qemu\.stylus/);
    const none = await selected("all.qemu.stylus");
    assert.doesNotMatch(none.all, /qemu\.stylus: /);
    assert.equal((await machines()).length, 0);
  });

  it("fails if the guest powers off too early, and converts nothing", async () => {
    const fault = "#cloud-config\nstandin: { fault: poweroff-early }\n";
    await writeFile(join(folder, "early.yaml"), fault);
    await written("early", "--format", "qcow2", "--user-data", join(folder, "early.yaml"));
    await rm(join(folder, "images"), { recursive: true, force: true });
    const ended = await packer("build", "-color=false", "early");
    assert.equal(ended.exitCode, 1, ended.all);
    assert.match(ended.all, /edge\.raw is not a complete install\..*\[install\.incomplete\]/);
    assert.deepEqual(await readdir(join(folder, "images")).catch(() => []), []);
  });

  it("fails if the install exceeds its time limit; keeps the console and stops QEMU", async () => {
    await writeFile(join(folder, "hang.yaml"), "#cloud-config\nstandin: { fault: hang }\n");
    const limit = ["--user-data", join(folder, "hang.yaml"), "--timeout", "install=0.05"];
    await written("hang", "--format", "vhd", ...limit);
    const ended = await packer("build", "-color=false", "hang/template.json");
    assert.equal(ended.exitCode, 1, ended.all);
    assert.match(ended.all, /Failed to shutdown/);
    assert.match(await readFile(join(folder, "hang/serial.log"), "latin1"), /GNU GRUB|stand-in: /);
    for (const pid of await machines()) {
      const state = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
      assert.ok(state === "" || /\) [ZX]/.test(state), state);
    }
  });

  it("reports options that a template cannot express", async () => {
    const ended = await exported("never", "--format", "iso,qcow2", "--header", "Authorization: a");
    assert.equal(ended.exitCode, 2);
    assert.match(ended.stderr, /--header: cannot be part of a template/);
    assert.match(ended.stderr, /--format: cannot make an iso from a disk/);
    assert.ok(!existsSync(join(folder, "never")));
  });
});
