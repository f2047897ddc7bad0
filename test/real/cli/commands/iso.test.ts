import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { findSecret } from "../../../e2e/secret-search";
import { filesBelow, type Place } from "../../../faults/place";
import { startSampling, textOf, type Samples } from "../../../faults/sampler";
import { standInInstaller, type StandIn } from "../../../servers/stand-in";
import { smallInstaller } from "../../formats/iso/small-installer";
import { runCli } from "../compiled-cli";

const token = "planted/token+0123456789=";

interface Document {
  readonly installKey: string;
  readonly contentDigest?: string;
  readonly virtualSizeBytes: number;
  readonly pending: readonly unknown[];
  readonly artifacts: readonly {
    readonly format: string;
    readonly url: string;
    readonly sizeBytes: number;
    readonly sha256?: string;
    readonly mediaType: string;
  }[];
}

// The tests depend on each other: they share one install.
describe("build --format iso", function () {
  this.timeout(900_000);
  let place: Place;
  let env: Record<string, string> = {};

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), "stylus-build-iso-"));
    const own = (name: string): string => join(folder, name);
    place = {
      ...{ folder, cache: own("cache/pulumi-stylus-image"), ownCache: own("unused") },
      ...{ images: own("images"), temporary: own("tmp") },
    };
    await mkdir(place.temporary);
    await writeFile(own("token"), token);
    await writeFile(own("user-data.yaml"), `#cloud-config\nplanted:\n  secret: "${token}"\n`);
    await copyFile(await standInInstaller({ payload: "1MiB" }), own("stand-in.iso"));
    await watchTools(own("bin"));
  });
  after(() => rm(place.folder, { recursive: true, force: true }));

  /**
   * Wrappers on PATH record the arguments and the environment of every start, including those of the accelerator
   * test.
   */
  async function watchTools(bin: string): Promise<void> {
    await mkdir(bin);
    for (const tool of ["qemu-system-x86_64", "xorriso"]) {
      const real = (await execa("which", [tool])).stdout;
      const log = join(place.folder, `${tool}.log`);
      const note = `{ printf '%s ' "$*" | tr '\\n' ' '; echo; env | sed 's/^/env /'; } >>'${log}'`;
      await writeFile(join(bin, tool), `#!/bin/sh\n${note}\nexec ${real} "$@"\n`);
      await chmod(join(bin, tool), 0o755);
    }
    env = {
      PATH: [bin, process.env["PATH"] ?? ""].join(delimiter),
      XDG_CACHE_HOME: join(place.folder, "cache"),
      TMPDIR: place.temporary,
    };
  }

  const started = (tool = "qemu-system-x86_64"): Promise<string> =>
    readFile(join(place.folder, `${tool}.log`), "utf8").catch(() => "");
  /** Virtual machines that installed or booted something. */
  const machines = async (): Promise<number> =>
    (await started()).split("\n").filter((line) => line.includes("-name stylus-image")).length;

  const run = (...args: string[]) => runCli(args, { cwd: place.folder, env });
  const build = (...more: string[]) =>
    run(
      ...["build", "--installer", "stand-in.iso", "--name", "edge", "--to", "images"],
      ...[
        "--disk-size",
        "3GiB",
        "--memory",
        "1GiB",
        "--cpus",
        "2",
        "--user-data",
        "user-data.yaml",
      ],
      ...["--palette-endpoint", "p.example", "--edge-host-token-file", "token", ...more],
    );
  async function built(...more: string[]): Promise<Document> {
    const { exitCode, stdout, stderr } = await build("--json", ...more);
    printed += stdout + stderr;
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as Document;
  }
  const pathOf = (document: Document, format: string): string =>
    fileURLToPath(document.artifacts.find((it) => it.format === format)?.url ?? "file:///none");
  /** Changes if the file is written again. */
  const identityOf = async (path: string): Promise<string> => {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    return [ino, mtimeNs, size].join(" ");
  };

  let printed = "";
  let samples: Samples;
  let first: Document;
  let iso = "";

  it("publishes the ISO without starting QEMU", async () => {
    const sampler = startSampling(place);
    first = await built("--format", "iso");
    samples = await sampler.stop();
    assert.equal(await started(), "");
    iso = pathOf(first, "iso");
    const bytes = await readFile(iso);
    const [artifact, ...others] = first.artifacts;
    assert.deepEqual(others, []);
    assert.equal(artifact?.sha256, createHash("sha256").update(bytes).digest("hex"));
    assert.equal(artifact.sizeBytes, bytes.length);
    assert.equal(artifact.mediaType, "application/x-iso9660-image");
    assert.deepEqual(first.pending, []);
    assert.equal(first.contentDigest, undefined);
  });

  it("makes nothing in the second run", async () => {
    const before = await identityOf(iso);
    assert.deepEqual(await built("--format", "iso"), first);
    assert.equal(await identityOf(iso), before);
    assert.equal(await started(), "");
  });

  it("makes an ISO that `inspect` shows with its configuration, and finds usable", async () => {
    const { exitCode, stdout, stderr } = await run("inspect", iso);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /embedded config +\/config\.yaml/);
    assert.match(stdout, /fit for bios +yes/);
    assert.match(stdout, /fit for uefi +yes/);
  });

  it("makes another ISO for other options, and keeps the first", async () => {
    const other = await built("--format", "iso", "--format-option", "iso.afterInstall=reboot");
    assert.equal(other.installKey, first.installKey);
    assert.notEqual(pathOf(other, "iso"), iso);
    assert.ok(existsSync(iso));
    assert.equal(await started(), "");
  });

  it("installs once for an additional format, and does not change the ISO", async () => {
    const before = await identityOf(iso);
    const both = await built("--format", "iso,raw", "--no-verify-boot");
    assert.equal(await machines(), 1);
    assert.equal(pathOf(both, "iso"), iso);
    assert.equal(await identityOf(iso), before);
    assert.ok(existsSync(pathOf(both, "raw")));
    assert.match(both.contentDigest ?? "", /^[0-9a-f]{64}$/);
    assert.deepEqual(await built("--format", "iso,raw", "--no-verify-boot"), both);
    assert.equal(await machines(), 1);
  });

  it("prints no secret in output, command lines, environments, records or logs", async () => {
    const commands = [...samples.processes].join("\n");
    assert.match(commands, /\/agent\/main\.js/);
    const tools = `${await started()}\n${await started("xorriso")}`;
    assert.match(tools, /-outdev stdio:.*\nenv /);
    assert.equal(findSecret(`${commands}\n${tools}\n${printed}`, token), undefined);
    const files = [...(await filesBelow(place.images)), ...(await filesBelow(place.cache))];
    assert.ok(files.some((file) => file.endsWith("installer.json")));
    for (const file of files) {
      assert.equal(findSecret(await textOf(file), token), undefined, file);
    }
    // Proves that the search finds the token where it exists.
    assert.ok(findSecret(await readFile(iso, "latin1"), token));
    const open = [...samples.openFiles].filter((file) => /user-data|\.iso$/.test(file));
    assert.deepEqual(open, []);
  });

  it("removes the disk, both ISOs and the record", async () => {
    const { exitCode, stdout, stderr } = await run(
      "remove",
      `edge-${first.installKey.slice(0, 12)}`,
    );
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout.match(/^removed {2}iso /gm)?.length, 2, stdout);
    assert.equal(stdout.match(/^removed {2}raw /gm)?.length, 1, stdout);
    assert.deepEqual(
      (await readdir(place.images)).filter((name) => name.startsWith("edge-")),
      [],
    );
    assert.ok(!existsSync(join(place.images, ".stylus-image", first.installKey)));
  });

  const refusals: readonly (readonly [string, () => Promise<string>, string])[] = [
    ["a Trusted Boot installer", () => variant({ variant: "uki" }), "installer.trusted-boot"],
    [
      "one that asks a person",
      () => variant({ variant: "interactive" }),
      "installer.interactive-only",
    ],
    ["one that is no Kairos", () => smallInstaller(place.folder, "generic"), "input.invalid"],
  ];
  const variant = (options: StandIn): Promise<string> =>
    standInInstaller({ payload: "1MiB", ...options });
  for (const [what, installer, code] of refusals) {
    it(`refuses ${what} before anything is written`, async () => {
      const args = ["--format", "iso", "--firmware", "uefi", "--to", "never"];
      const { exitCode, stderr } = await build("--installer", await installer(), ...args);
      assert.equal(exitCode, code === "input.invalid" ? 2 : 1, stderr);
      assert.ok(stderr.includes(`[${code}]`), stderr);
      const left = [
        ...(await filesBelow(join(place.folder, "never"))),
        ...(await filesBelow(place.images)),
      ];
      assert.deepEqual(
        left.filter((file) => !/\/(?:machine\.json|place\.json|lock)$/.test(file)),
        [],
      );
    });
  }

  it("is what `convert` refers to for an ISO", async () => {
    const { exitCode, stderr } = await run(
      "convert",
      "stand-in.iso",
      "--format",
      "iso",
      "--to",
      "never",
    );
    assert.equal(exitCode, 2);
    assert.match(stderr, /use `stylus-image build --format iso`/);
  });
});
