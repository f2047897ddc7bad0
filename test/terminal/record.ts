import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { compiledCli } from "../real/cli/compiled-cli";
import { inTerminal, type TerminalRun } from "./in-terminal";
import { pictureOf } from "./picture";

// `npm run picture`: builds an image of the stand-in installer twice in a terminal and writes docs/terminal.svg during
// the second build, which estimates its times from the first one.

const repository = join(__dirname, "..", "..");
const picture = join(repository, "docs", "terminal.svg");

async function record(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-picture-"));
  try {
    const installer = join(folder, "edge-installer.iso");
    const script = join(repository, "examples", "installer", "build-installer.sh");
    await execa("bash", [script, "--output", installer, "--payload-size", "64MiB"]);
    await (
      await build(folder, "first")
    ).ended;
    const second = await build(folder, "second");
    // During the install, when there are a bar and a rate.
    await second.until(isWriting);
    await writeFile(picture, pictureOf(second.screen, "stylus-image build, while it installs"));
    await second.ended;
    process.stdout.write(`${second.screen.lines().join("\n")}\n${picture}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The trigger makes each build another image of the same installer. */
async function build(folder: string, trigger: string): Promise<TerminalRun> {
  const options = ["--installer", "edge-installer.iso", "--name", "edge", "--trigger", trigger];
  const machine = ["--disk-size", "4GiB", "--memory", "1GiB", "--cpus", "2"];
  const palette = ["--palette-endpoint", "api.example.com", "--register-on-site"];
  const formats = ["--format", "qcow2,vmdk", "--accelerator", "tcg"];
  const command = [process.execPath, await compiledCli(), "build"];
  return inTerminal([...command, ...options, ...machine, ...palette, ...formats], {
    columns: 90,
    rows: 30,
    cwd: folder,
    env: { XDG_CACHE_HOME: join(folder, "cache") },
  });
}

function isWriting(lines: readonly string[]): boolean {
  return /install .*left$[^]*MiB\/s/m.test(lines.join("\n"));
}

void record();
