import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { runCli } from "../../real/cli/compiled-cli";
import { contentOf, filesIn, partitionNamed } from "./disk-files";
import { logIn, startMachine, type RunningMachine } from "./installed-machine";

const resultSchema = z.object({ artifacts: z.tuple([z.object({ url: z.string() })]) });
const password = "four words for a test";

const own = `#cloud-config
stages:
  initramfs:
    - hostname: golden
  boot:
    - commands: ["echo ran >/usr/local/boot-stage-ran"]
      files:
        - path: /usr/local/written-by-a-stage
          content: "from the image"
          permissions: 0640
          owner: 0
          group: 0
  network:
    - commands: ["echo ran >/usr/local/network-stage-ran"]
`;

const site = `#cloud-config
stages:
  initramfs:
    - hostname: store-7
  network:
    - commands: ["echo ran >/usr/local/site-stage-ran"]
`;

/** yip drops a file in which one value has the wrong type, here text instead of a list. */
const broken = `#cloud-config
stages:
  network:
    - commands: "date"
`;

// Run by tools/real-kairos.sh. The tests depend on each other: they share one image.
describe("an installer with the real kairos-agent", function () {
  this.timeout(5_400_000);
  const iso = process.env["STYLUS_REAL_KAIROS_ISO"] ?? "";
  let folder = "";
  let image = "";
  let seed = "";
  let machineId = "";
  let hostKeys = "";
  let machine: RunningMachine | undefined;

  before(async () => {
    assert.notEqual(iso, "", "STYLUS_REAL_KAIROS_ISO must name the ISO");
    folder = await mkdtemp("/var/tmp/real-kairos-");
    await writeFile(join(folder, "own.yaml"), own);
    await writeFile(join(folder, "site.yaml"), site);
    await writeFile(join(folder, "password"), `${password}\n`);
  });
  afterEach(async () => {
    await machine?.kill();
    machine = undefined;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const cli = (...args: readonly string[]) =>
    runCli(args, { cwd: folder, env: { XDG_CACHE_HOME: join(folder, "cache") } });

  const build = (installer: string, ...more: readonly string[]) =>
    cli(
      ...["build", "--installer", installer, "--user-data", "own.yaml", "--json"],
      ...["--disk-size", "6GiB", "--memory", "1536MiB", "--cpus", "2", "--accelerator", "tcg"],
      ...more,
    );

  function publishedFile(ended: Awaited<ReturnType<typeof cli>>): string {
    assert.equal(ended.exitCode, 0, ended.stderr);
    return fileURLToPath(resultSchema.parse(JSON.parse(ended.stdout)).artifacts[0].url);
  }

  /** Boots the machine that the image became, and logs in. */
  async function bootAndLogIn(cd?: string): Promise<(command: string) => Promise<string>> {
    machine = await startMachine({ folder, disk: join(folder, "machine.qcow2"), cd });
    const shell = await logIn(machine.console, "ops", password);
    await shell(
      "until systemctl is-active --quiet cos-setup-network && systemctl is-active --quiet host-keys; do sleep 1; done",
    );
    return shell;
  }

  async function powerOff(): Promise<void> {
    machine?.console.type("sudo systemctl poweroff");
    await machine?.poweredOff();
    machine = undefined;
  }

  it("installs an image with a user and stages, boots it for verification, and publishes it", async () => {
    const ended = await build(iso, "--user", "ops", "--password-file", "password");
    image = publishedFile(ended);
    assert.match(ended.stderr, /taken as kairos/);
    assert.match(ended.stderr, /verify: finished/);
  });

  it("publishes an image that was never booted: no machine-id, no SSH host keys", async () => {
    const raw = join(folder, "image.raw");
    await execa("qemu-img", ["convert", "-O", "raw", image, raw]);
    const state = await partitionNamed(raw, "state");
    const persistent = await partitionNamed(raw, "persistent");
    const onState = `${raw}?offset=${state.offset}`;
    const active = join(folder, "active.img");
    await execa("debugfs", ["-R", `dump /cOS/active.img ${active}`, onState]);
    assert.equal(await contentOf(active, "/etc/machine-id"), "");
    const inSsh = await filesIn(active, "/etc/ssh");
    assert.ok(inSsh.includes("sshd_config"), String(inSsh));
    assert.deepEqual(
      inSsh.filter((name) => name.startsWith("ssh_host_")),
      [],
    );
    const onPersistent = `${raw}?offset=${persistent.offset}`;
    const kept = await filesIn(onPersistent, "/.state");
    assert.ok(kept.includes("var-log.bind") && !kept.includes("etc-ssh.bind"), String(kept));
    assert.deepEqual(await filesIn(onPersistent, "/etc"), []);
  });

  it("makes the CD of a site", async () => {
    const seeds = join(folder, "seeds");
    seed = publishedFile(
      await cli("seed", "--user-data", "site.yaml", "--name", "store-7", "--to", seeds, "--json"),
    );
  });

  it("logs in with the user's password at the first boot, after the stages of the image and of the site ran", async () => {
    const disk = join(folder, "machine.qcow2");
    const overlay = ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image, disk, "7G"];
    await execa("qemu-img", overlay);
    const shell = await bootAndLogIn(seed);
    assert.match(await shell("cat /proc/cmdline"), /root=LABEL=COS_ACTIVE /);
    const groups = (await shell("id -nG")).split(" ");
    assert.ok(groups.includes("admin") && groups.includes("sudo"), String(groups));
    for (const stage of ["boot", "network", "site"]) {
      assert.equal(await shell(`cat /usr/local/${stage}-stage-ran`), "ran");
    }
    assert.equal(await shell("sudo cat /usr/local/written-by-a-stage"), "from the image");
    assert.equal(await shell("stat -c %a /usr/local/written-by-a-stage"), "640");
    assert.equal(await shell("hostname"), "store-7");
    machineId = await shell("cat /etc/machine-id");
    assert.match(machineId, /^[0-9a-f]{32}$/);
    hostKeys = await shell("cat /etc/ssh/ssh_host_*.pub");
    assert.match(hostKeys, /^ssh-ed25519 /m);
    const grown = Number(await shell("df -B1 --output=size /usr/local | tail -n 1"));
    const before = await partitionNamed(join(folder, "image.raw"), "persistent");
    assert.ok(grown > before.bytes, `${grown} bytes, ${before.bytes} in the image`);
    await powerOff();
  });

  it("is the same machine at the second boot, without the CD", async () => {
    const shell = await bootAndLogIn();
    assert.equal(await shell("cat /etc/machine-id"), machineId);
    assert.equal(await shell("cat /etc/ssh/ssh_host_*.pub"), hostKeys);
    assert.equal(await shell("hostname"), "store-7");
    await powerOff();
  });

  it("notices that the installed system ignores its configuration because of a file on the ISO", async () => {
    const defaults = join(folder, "defaults.yaml");
    const other = join(folder, "broken.iso");
    await writeFile(defaults, broken);
    const map = ["-map", defaults, "/defaults.yaml", "-boot_image", "any", "replay"];
    await execa("xorriso", ["-indev", iso, "-outdev", other, ...map]);
    // With a user, the agent itself refuses such a file.
    const ended = await build(other);
    assert.equal(ended.exitCode, 1, ended.stderr);
    assert.match(ended.stderr, /verify\.configuration-ignored/);
  });
});
