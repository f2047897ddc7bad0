import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GiB } from "../../../../provider/base/size";
import { runMachine, type Ended, type Machine } from "../../../e2e/plain-machine";
import { filesBelow } from "../../../faults/place";
import { standInInstaller } from "../../../servers/stand-in";
import { runCli, type Ended as CliEnded } from "../../cli/compiled-cli";
import { makeIso, type Wanted } from "./make";

const isUp = /installed system is up \(COS_ACTIVE\)/;

interface Case extends Pick<Machine, "firmware"> {
  readonly as: "cd" | "usb";
  readonly options: NonNullable<Wanted["options"]>;
  readonly reason: "guest-shutdown" | "guest-reset";
  readonly ejects: boolean;
}

/** test/real/make covers booting from a CD under BIOS, with the result of `make iso`. */
const cases: readonly Case[] = [
  { as: "usb", firmware: "uefi", options: {}, reason: "guest-shutdown", ejects: false },
  {
    as: "cd",
    firmware: "uefi",
    options: { eject: false },
    reason: "guest-shutdown",
    ejects: false,
  },
  {
    as: "usb",
    firmware: "bios",
    options: { afterInstall: "reboot" },
    reason: "guest-reset",
    ejects: false,
  },
];

describe("an ISO in a machine of somebody else's", function () {
  this.timeout(600_000);
  let folder = "";
  let installer = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-iso-boot-"));
    installer = await standInInstaller({ payload: "1MiB" });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  interface Life {
    readonly install: Ended;
    readonly alone: Ended;
  }

  /** Installs from the ISO, and then boots the disk without it. */
  async function live({ as, firmware, options }: Case): Promise<Life> {
    const name = `${as}-${firmware}`;
    const userData = { install: { auto: true, device: "auto", nousers: true } };
    const output = join(folder, `${name}.iso`);
    const { path } = await makeIso({ installer, output, options, userData });
    const empty = join(folder, `${name}.raw`);
    await writeFile(empty, "");
    await truncate(empty, 2 * GiB);
    const machine = { folder, firmware, disk: { path: empty, format: "raw" } } as const;
    const install = await runMachine({ ...machine, name: `${name}-install`, iso: { path, as } });
    const alone = await runMachine({ ...machine, name: `${name}-alone`, until: isUp });
    await rm(empty);
    return { install, alone };
  }

  // Two at a time: one machine of each pair installs while the other one does too.
  for (const pair of [cases.slice(0, 2), cases.slice(2)]) {
    describe(pair.map(({ as, firmware }) => `${as} under ${firmware}`).join(", "), () => {
      const lives = new Map<Case, Life>();
      before(async () => {
        await Promise.all(pair.map(async (one) => lives.set(one, await live(one))));
      });
      for (const one of pair) {
        const { as, firmware, reason, ejects, options } = one;
        const how = JSON.stringify(options);
        it(`installs by itself from ${as} under ${firmware}, and ends as ${how} says`, () => {
          const { console, ...ended } = lives.get(one)?.install ?? assert.fail();
          assert.match(console, /no CD with user-data, only what is on the installer itself/);
          assert.match(console, /installation finished/);
          assert.deepEqual(ended, { reason, ejected: ejects });
        });
        it(`leaves a disk that starts alone, from ${as} under ${firmware}`, () => {
          assert.match(lives.get(one)?.alone.console ?? "", isUp);
        });
      }
    });
  }
});

describe("build --format iso --verify-artifacts boot", function () {
  this.timeout(600_000);
  let folder = "";
  let installer = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-iso-verify-"));
    installer = await standInInstaller({ payload: "1MiB" });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function build(name: string, userData: string, ...more: string[]): Promise<CliEnded> {
    await writeFile(join(folder, `${name}.yaml`), `#cloud-config\n${userData}`);
    const args = [
      ...["build", "--installer", installer, "--name", name, "--to", name, "--format", "iso"],
      ...["--disk-size", "2GiB", "--memory", "1GiB", "--cpus", "2", "--accelerator", "tcg"],
      ...["--user-data", `${name}.yaml`, "--verify-artifacts", "boot", ...more],
    ];
    const env = { XDG_CACHE_HOME: join(folder, `${name}-cache`) };
    return runCli(args, { cwd: folder, env });
  }
  const published = async (name: string): Promise<string[]> =>
    (await filesBelow(join(folder, name))).filter((file) => file.endsWith(".iso"));
  const consoles = async (name: string): Promise<string> => {
    const logs = await filesBelow(join(folder, `${name}-cache`));
    const serial = logs.filter((file) => file.endsWith("-serial.log"));
    return (await Promise.all(serial.map((file) => readFile(file, "latin1")))).join("\n");
  };

  describe("of two ISOs", () => {
    let good: CliEnded;
    let bad: CliEnded;
    before(async () => {
      [good, bad] = await Promise.all([
        build("good", "hello: world\n"),
        build("bad", "standin:\n  fault: poweroff-early\n"),
      ]);
    });

    it("publishes the one that installed itself, and what it installed came up", async () => {
      assert.equal(good.exitCode, 0, good.stderr);
      assert.equal((await published("good")).length, 1);
      const said = await consoles("good");
      assert.match(said, /only what is on the installer itself/);
      assert.match(said, /installation finished, powering off/);
      assert.match(said, isUp);
      const disks = (await filesBelow(join(folder, "good-cache"))).filter((it) =>
        it.endsWith(".raw"),
      );
      assert.deepEqual(disks, []);
    });

    it("publishes nothing of the one whose install cannot end well", async () => {
      assert.equal(bad.exitCode, 1, bad.stderr);
      assert.match(bad.stderr, /\[(install|verify)\.[a-z-]+\]/);
      assert.deepEqual(await published("bad"), []);
      const records = await readdir(join(folder, "bad", ".stylus-image")).catch(() => []);
      assert.deepEqual(
        records.filter((name) => /^[0-9a-f]{64}$/.test(name)),
        [],
      );
    });
  });

  it("says so where the disk that the ISO wipes is one that no trial machine has", async () => {
    const option = ["--format-option", "iso.device=/dev/nvme0n1"];
    const { exitCode, stderr } = await build("nvme", "hello: world\n", ...option);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /The iso is not booted: it installs on \/dev\/nvme0n1/);
    assert.equal((await published("nvme")).length, 1);
  });
});
