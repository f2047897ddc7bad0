import assert from "node:assert/strict";
import { execa } from "execa";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledCli } from "../cli/compiled-cli";
import { typedCommands } from "./typed-commands";

describe("commands of the how-to pages", () => {
  let folder: string;
  let environment: Record<string, string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "how-to-"));
    const bin = join(folder, "bin");
    await mkdir(bin);
    const main = await compiledCli();
    const program = join(bin, "stylus-image");
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
    await chmod(program, 0o755);
    environment = {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      XDG_CACHE_HOME: join(folder, "cache"),
    };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const type = async (command: string): Promise<string> => {
    const { all } = await execa(command, {
      shell: "/bin/bash",
      cwd: folder,
      env: environment,
      all: true,
    });
    return all;
  };

  it("convert a disk to the files that the page names", async () => {
    await execa("qemu-img", ["create", "-f", "qcow2", join(folder, "edge.qcow2"), "1G"]);
    const [command] = await typedCommands("docs/how-to/without-pulumi.md", "stylus-image convert");
    assert.ok(command !== undefined);
    await type(command);
    assert.deepEqual((await readdir(join(folder, "out"))).sort(), ["edge.ova", "edge.vmdk"]);
  });

  it("make the CD of a site, and remove it again", async () => {
    const page = "docs/how-to/fleet-of-sites.md";
    await writeFile(join(folder, "token.txt"), "a token\n");
    const [seed] = await typedCommands(page, "stylus-image seed");
    const [remove] = await typedCommands(page, "stylus-image remove");
    assert.ok(seed !== undefined && remove !== undefined);
    const filesOf = async (): Promise<string[]> =>
      (await readdir(join(folder, "seeds"), { recursive: true })).filter((name) =>
        name.endsWith(".iso"),
      );

    await type(seed);
    const made = await filesOf();
    assert.equal(made.length, 1);
    assert.match(made[0] ?? "", /^store-7-[0-9a-f]{12}\//);
    await type(remove);
    assert.deepEqual(await filesOf(), []);
  });

  it("list the cache, and prune it", async () => {
    for (const command of await typedCommands("docs/how-to/build-host.md", "stylus-image cache")) {
      await type(command);
    }
  });
});
