import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { version } from "./package-version";
import { runCli } from "./compiled-cli";

describe("the command line", () => {
  let cwd = "";

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-cli-"));
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  it("prints the package's version", async () => {
    const { exitCode, stdout } = await runCli(["--version"], { cwd });
    assert.deepEqual([exitCode, stdout], [0, version]);
  });

  const helps: readonly (readonly [readonly string[], readonly RegExp[]])[] = [
    [["--help"], [/^ {2}build /m, /^ {2}doctor /m, /Examples:/, /130 +cancelled/]],
    [
      ["help", "plan"],
      [/--installer/, /changes nothing/],
    ],
    [
      ["build", "--help"],
      [/^Installer:$/m, /^Publishing:$/m, /default: \.\/images/, /Examples:/, /Exit codes:/],
    ],
    [
      ["publish", "--help"],
      [/<files\.\.\.>/, /^Publishing:$/m, /--format <name>/, /Exit codes:/],
    ],
    [
      ["export", "packer", "--help"],
      [/^Installer:$/m, /^Export:$/m, /--to <folder>/, /-only=vmdk\.qemu\.stylus/, /Exit codes:/],
    ],
    [["cache", "prune", "--help"], [/--older-than/]],
    [
      ["remove", "--help"],
      [/--name/, /--to/],
    ],
  ];
  for (const [args, expected] of helps) {
    it(`prints help: ${args.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await runCli(args, { cwd });
      assert.deepEqual([exitCode, stderr], [0, ""]);
      for (const pattern of expected) assert.match(stdout, pattern);
    });
  }

  for (const args of [["--help"], ["--version"], ["build", "--help"]]) {
    it(`loads no action and no library but commander for ${args.join(" ")}`, async () => {
      const list = join(cwd, "modules.json");
      const hook = join(cwd, "list-modules.cjs");
      const write = `require("node:fs").writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache)))`;
      await writeFile(hook, `process.on("exit", () => ${write});`);
      await runCli(args, { cwd, nodeOptions: ["--require", hook] });
      const modules = JSON.parse(await readFile(list, "utf8")) as string[];
      const libraries = modules.flatMap(
        (path) =>
          /node_modules\/(?!\.cache\/)([^/]+)/.exec(path.replace(/.*\.cache\//, ""))?.[1] ?? [],
      );
      assert.deepEqual([...new Set(libraries)], ["commander"]);
      assert.ok(modules.some((path) => path.endsWith("provider/cli/main.js")));
      const ofLowerLayers = modules.filter((path) =>
        /provider\/(agent|formats|hosts|plan|records|report|resource|system|targets)\//.test(path),
      );
      assert.deepEqual(
        ofLowerLayers.map((path) => basename(path)),
        ["package-version.js"],
      );
      const ofCli = modules.flatMap((path) => /provider\/cli\/(.*)\.js$/.exec(path)?.[1] ?? []);
      const declarations = /^(main|program|command|options\/.*|.*-command|(.*[-/])?options)$/;
      assert.deepEqual(
        ofCli.filter((name) => !declarations.test(name)),
        [],
      );
    });
  }

  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /Usage:/],
    [["bild"], /unknown command 'bild'.*build/s],
    [["build"], /--installer: is missing: .* or set ISO_URL/],
    [["build", "--installer"], /argument missing/],
    [["build", "--installer", "x", "--firmware", "efi"], /Allowed choices are bios, uefi/],
    [["build", "--installer", "x", "--frmat", "raw"], /unknown option '--frmat'/],
    [
      ["build", "--installer", "x", "--quiet", "--verbose"],
      /--quiet.* cannot be used with.*--verbose/,
    ],
    [["convert", "x", "--log-format", "xml"], /Allowed choices are text, json/],
    [["cache", "prune", "--older-than", "soon"], /30d/],
    [["publish"], /missing required argument 'files'/],
    [["export", "packer", "--installer", "x"], /--to .* not specified/],
    [["build", "--installer", "x", "--disk-size", "big"], /--disk-size \(machine\.diskSize\)/],
    [["build", "--installer", "x", "--user-data", "gone"], /--user-data: gone cannot be read/],
    [
      ["plan", "--installer", "x", "--user-data", "-", "--password-file", "-"],
      /--password-file: standard input is already used by --user-data/,
    ],
    [["inspect", "gone"], /there is no such file/],
    [["remove", "--to", "s3://"], /--to \(publishTo\[0\]\.bucket\)/],
    [["remove", "--to", "empty"], /owns no image/],
  ];
  for (const [args, expected] of mistakes) {
    it(`exits with 2 and reports the problem: ${args.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await runCli(args, { cwd });
      assert.deepEqual([exitCode, stdout], [2, ""]);
      assert.match(stderr, expected);
    });
  }

  it("exits with 1 and prints the error's code after a failure", async () => {
    const { exitCode, stdout, stderr } = await runCli(["plan", "--installer", "gone.iso"], { cwd });
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(
      stderr,
      /^error: There is no installer at .*gone\.iso\. .*\[installer\.not-found\]$/,
    );
  });

  it("writes the same error as the last line of a JSON log", async () => {
    const args = ["build", "--installer", "gone.iso", "--cpus", "none", "--log-format", "json"];
    const { exitCode, stdout, stderr } = await runCli(args, { cwd });
    assert.deepEqual([exitCode, stdout], [2, ""]);
    const { time, ...event } = JSON.parse(stderr) as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-.*Z$/);
    assert.deepEqual([event["type"], event["code"]], ["error", "input.invalid"]);
    assert.match(JSON.stringify(event["problems"]), /--cpus \(machine\.cpus\)/);
  });

  it("lists every problem of the input at once", async () => {
    const args = ["--installer", "x", "--cpus", "none", "--expect", "(", "--to", "s3://"];
    const { stderr } = await runCli(["build", ...args], { cwd });
    for (const option of ["--cpus", "--expect", "--to"])
      assert.ok(stderr.includes(`  ${option} (`));
  });
});
