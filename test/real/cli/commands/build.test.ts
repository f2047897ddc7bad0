import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { formatNames } from "../../../../provider/schema/names";
import { inTerminal } from "../../../terminal/in-terminal";
import { compiledCli, runCli, startCli } from "../compiled-cli";

const repository = join(__dirname, "..", "..", "..", "..");

// The tests depend on each other: they share one install.
describe("build", function () {
  this.timeout(1_500_000);
  let folder = "";
  let env: Record<string, string> = {};
  let first = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-build-"));
    await mkdir(join(folder, "elsewhere"));
    await writeFile(join(folder, "token"), "planted-token-0123456789\n");
    await countMachines();
    const script = join(repository, "examples", "installer", "build-installer.sh");
    const output = join(folder, "stand-in.iso");
    await execa("bash", [script, "--output", output, "--payload-size", "8MiB"]);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A wrapper on PATH records each virtual machine, except those of the accelerator test. */
  async function countMachines(): Promise<void> {
    const real = (await execa("which", ["qemu-system-x86_64"])).stdout;
    const wrapper = join(folder, "bin", "qemu-system-x86_64");
    await mkdir(join(folder, "bin"));
    const note = `case "$*" in "-name stylus-image "*) echo $$ >>'${folder}/machines' ;; esac`;
    await writeFile(wrapper, `#!/bin/sh\n${note}\nexec ${real} "$@"\n`);
    await chmod(wrapper, 0o755);
    env = {
      PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      XDG_CACHE_HOME: join(folder, "cache"),
    };
  }

  async function machines(): Promise<readonly string[]> {
    const text = await readFile(join(folder, "machines"), "utf8").catch(() => "");
    return text.split("\n").filter((pid) => pid !== "");
  }

  /** A zombie counts as ended. */
  async function runs(pid: string): Promise<boolean> {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    return stat !== "" && !/^\d+ \(.*\) [ZX]/s.test(stat);
  }

  async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + 300_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
      await delay(200);
    }
  }

  const allEnded = async (): Promise<boolean> =>
    !(await Promise.all((await machines()).map(runs))).includes(true);

  const args = (to = "images"): string[] => [
    ...["build", "--installer", join(folder, "stand-in.iso"), "--name", "edge", "--to", to],
    ...["--format", "raw,qcow2", "--disk-size", "3GiB", "--memory", "1GiB", "--cpus", "2"],
    ...["--palette-endpoint", "p.example", "--edge-host-token-file", join(folder, "token")],
  ];
  const build = (...more: string[]) => runCli([...args(), ...more], { cwd: folder, env });

  it("shows the stages on a terminal; on Ctrl-C stops QEMU and exits with 130", async () => {
    const command = [process.execPath, await compiledCli(), ...args()];
    const run = await inTerminal(command, { cwd: folder, env, columns: 100, rows: 40 });
    const before = (await machines()).length;
    await until(async () => (await machines()).length > before, "a virtual machine");
    await run.until((lines) => /^\S install .*\d:\d\d\n.* written/m.test(lines.join("\n")));
    const shown = run.screen.lines().join("\n");
    assert.match(shown, /^✓ fetch .* MiB$\n^✓ inspect .*\n^✓ seed /m);
    assert.match(shown, /^ +\d.* written to the disk$[^]*^· verify$\n^· convert$\n^· publish$/m);
    run.type("\u0003");
    assert.equal(await run.ended, 130);
    assert.ok(await allEnded());
    const left = run.screen.lines().join("\n");
    assert.match(left, /^Cancelling; finished results are kept/m);
    assert.match(left, /^✗ install .*\n {2}total .*\nerror: /m);
    // The terminal wraps the line.
    assert.match(left.replaceAll("\n", ""), /\[build\.cancelled\]$/);
    assert.equal(left.match(/ install /g)?.length, 1);
    assert.ok(run.screen.isCursorVisible() && run.screen.wraps());
    assert.ok(!existsSync(join(folder, "images", "edge")));
  });

  it("exits at once on the second signal, without leaving QEMU running", async () => {
    const cli = startCli(await compiledCli(), args(), { cwd: folder, env });
    const before = (await machines()).length;
    await until(async () => (await machines()).length > before, "a virtual machine");
    cli.kill("SIGTERM");
    await delay(700);
    cli.kill("SIGINT");
    assert.equal((await cli).exitCode, 130);
    await until(allEnded, "the end of QEMU");
  });

  it("completes in the next run, with one JSON document on standard output", async () => {
    const before = (await machines()).length;
    const { exitCode, stdout, stderr } = await build("--json", "--verbose");
    assert.equal(exitCode, 0, stderr);
    first = stdout;
    const document = JSON.parse(stdout) as Record<string, unknown> & {
      artifacts: { url: string }[];
    };
    assert.deepEqual([document["pending"], document["missing"]], [[], []]);
    assert.ok(!("instance" in document));
    assert.equal(document.artifacts.length, 2);
    for (const { url } of document.artifacts) assert.ok(existsSync(new URL(url)));
    for (const stage of ["fetch", "install", "verify", "convert", "publish"]) {
      assert.match(stderr, new RegExp(`^${stage}: finished in \\d+\\.\\d s`, "m"));
    }
    // The install, and the boot that verifies it.
    assert.equal((await machines()).length - before, 2);
    assert.match(stderr, /^\$ \S*qemu-system-x86_64 .*-name stylus-image/m);
    assert.match(stderr, /^console: stand-in: installing the active system$/m);
    assert.ok(!(stdout + stderr).includes("planted-token"));
  });

  it("records how long the stages took, for the next install from this installer", async () => {
    const durations = join(folder, "cache", "stylus-image", "durations");
    const [name, ...others] = await readdir(durations);
    assert.match(name ?? "", /^[0-9a-f]{64}-(kvm|tcg)\.json$/);
    assert.deepEqual(others, []);
    const text = await readFile(join(durations, name ?? ""), "utf8");
    assert.match(text, /^\{"install":\[[\d.]+\],"verify":\[[\d.]+\]\}$/);
  });

  it("starts no virtual machine in the second run, prints the same result, and logs JSON on request", async () => {
    const before = (await machines()).length;
    const { exitCode, stdout, stderr } = await build("--json", "--log-format", "json");
    assert.deepEqual([exitCode, stdout], [0, first]);
    const events = stderr.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const { time } of events) assert.equal(new Date(String(time)).toISOString(), time);
    const { type, state } = events.at(-1) ?? {};
    assert.deepEqual([type, state], ["result", JSON.parse(first)]);
    assert.ok(events.some((event) => event["type"] === "stage" && event["state"] === "skipped"));
    assert.equal((await machines()).length, before);
  });

  it("makes every other format from the same install", async () => {
    const before = (await machines()).length;
    const more = ["--format", "vmdk,ova,vhd,gce,containerdisk,iso", "--json"];
    const { exitCode, stdout, stderr } = await build(...more);
    assert.equal(exitCode, 0, stderr);
    assert.equal((await machines()).length, before);
    const { artifacts } = JSON.parse(stdout) as { artifacts: { format: string; url: string }[] };
    const paths = new Map(artifacts.map(({ format, url }) => [format, fileURLToPath(url)]));
    assert.deepEqual([...paths.keys()].sort(), [...formatNames].sort());
    const raw = paths.get("raw") ?? "";
    for (const [format, driver] of Object.entries({ vmdk: "vmdk", vhd: "vpc", qcow2: "qcow2" })) {
      await execa("qemu-img", ["compare", "-f", "raw", "-F", driver, raw, paths.get(format) ?? ""]);
    }
    // Only one VMDK was compressed: the OVA contains the same bytes.
    const digest = async (command: string) =>
      (await execa("sh", ["-c", command])).stdout.slice(0, 64);
    assert.equal(
      await digest(`tar -xOf '${paths.get("ova")}' image-disk1.vmdk | sha256sum`),
      await digest(`sha256sum '${paths.get("vmdk")}'`),
    );
  });

  it("with --verify-artifacts, boots each artifact with the hardware that it is made for", async () => {
    const before = (await machines()).length;
    const { exitCode, stderr } = await runCli(
      [
        ...args("booted"),
        ...["--format", "vmdk,ova,containerdisk", "--verify-artifacts", "boot"],
        ...["--format-option", "ova.scsiType=lsilogic-sas"],
      ],
      { cwd: folder, env },
    );
    assert.equal(exitCode, 0, stderr);
    // The raw disk was already booted.
    assert.equal((await machines()).length - before, 4);
    for (const [format, hardware] of [
      ["qcow2", "virtio-blk-pci and virtio-net-pci"],
      ["vmdk", "pvscsi and vmxnet3"],
      ["ova", "mptsas1068 and vmxnet3"],
      ["containerdisk", "virtio-blk-pci and virtio-net-pci"],
    ]) {
      assert.ok(stderr.includes(`The ${format} is booted with ${hardware}.`), format);
    }
  });

  it("finds the same folder from another working directory", async () => {
    const before = (await machines()).length;
    const options = { cwd: join(folder, "elsewhere"), env };
    const { stdout } = await runCli([...args("../images"), "--json"], options);
    assert.equal(stdout, first);
    assert.equal((await machines()).length, before);
  });

  it("prints paths, sizes and SHA-256", async () => {
    const { stdout, stderr } = await build("--quiet");
    assert.equal(stderr, "");
    assert.match(stdout, /^qcow2 {2}\/.*\/images\/edge-[0-9a-f]{12}\/edge-[0-9a-f]{12}\.qcow2$/m);
    assert.match(stdout, /^ {2}sha256 {2}[0-9a-f]{64}$/m);
  });

  it("plans the same install key", async () => {
    const [, ...rest] = args();
    const { stdout } = await runCli(["plan", ...rest, "--json"], { cwd: folder, env });
    const keyOf = (text: string): string =>
      /"installKey": "([0-9a-f]{64})"/.exec(text)?.[1] ?? text;
    assert.equal(keyOf(stdout), keyOf(first));
  });

  const key = (): string => /"installKey": "([0-9a-f]{64})"/.exec(first)?.[1] ?? "none";
  const images = async (root: string): Promise<string[]> =>
    (await readdir(join(folder, root))).filter((name) => name.startsWith("edge-"));

  it("removes nothing that another owner uses, and prints the owner", async () => {
    const owners = join(folder, "images", ".stylus-image", key(), "owners");
    const other = { instance: "other", owner: "urn:pulumi:x", time: "2026-01-01T00:00:00Z" };
    await writeFile(join(owners, "other.live.json"), JSON.stringify(other));
    const { exitCode, stdout } = await runCli(["remove"], { cwd: folder, env });
    assert.equal(exitCode, 0);
    assert.match(stdout, /^kept .* owned by urn:pulumi:x \(live\)$/m);
    assert.deepEqual(await readdir(owners), ["other.live.json"]);
    assert.equal((await images("images")).length, 1);
    await rm(join(owners, "other.live.json"));
  });

  it("adopts an existing image, and removes it by its ID, even from a moved folder", async () => {
    const before = (await machines()).length;
    assert.equal((await build("--json")).stdout, first);
    assert.equal((await machines()).length, before);
    await rename(join(folder, "images"), join(folder, "moved"));
    const remove = ["remove", `edge-${key().slice(0, 12)}`, "--to", "moved"];
    const { exitCode, stdout, stderr } = await runCli(remove, { cwd: folder, env });
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout.match(/^removed {2}(raw|qcow2) /gm)?.length, 2);
    assert.deepEqual(await images("moved"), []);
    assert.ok(!existsSync(join(folder, "moved", ".stylus-image", key())));
  });
});
