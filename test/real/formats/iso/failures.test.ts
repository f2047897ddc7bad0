import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { makeIso, type Wanted } from "./make";
import { smallInstaller } from "./small-installer";

/** Each test puts a program `xorriso` before the real one, which does something more when it writes an ISO. */
describe("an ISO that cannot be made", () => {
  let folder = "";
  let installer = "";
  let path = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-iso-failures-"));
    installer = await smallInstaller(folder, "small");
    await writeFile(join(folder, "core.tar"), "content");
    path = process.env["PATH"] ?? "";
  });
  afterEach(() => {
    process.env["PATH"] = path;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** `$output` is the file to write. */
  async function writingDoes(commands: string): Promise<void> {
    const bin = join(folder, "bin");
    const real = (await execa("which", ["xorriso"])).stdout;
    await mkdir(bin, { recursive: true });
    const output = `output=$(printf '%s\\n' "$@" | sed -n '/^-outdev$/{n;s/^stdio://p}')`;
    const script = `#!/bin/sh\n${output}\nreal=${real}\n[ -z "$output" ] || { ${commands}; }\nexec $real "$@"\n`;
    await writeFile(join(bin, "xorriso"), script);
    await chmod(join(bin, "xorriso"), 0o755);
    process.env["PATH"] = [bin, path].join(delimiter);
  }

  /** A folder of its own, in which no file may remain. */
  let count = 0;
  async function refuses(
    said: RegExp,
    wanted: Partial<Wanted> = {},
    context: Parameters<typeof makeIso>[1] = {},
  ): Promise<void> {
    const own = join(folder, `own-${(count += 1)}`);
    await mkdir(own, { recursive: true });
    const output = join(own, "a.iso");
    await assert.rejects(makeIso({ installer, output, ...wanted }, context), (error: Error) => {
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /planted-secret/);
      return true;
    });
    assert.deepEqual(await readdir(own), []);
  }
  const userData = { token: "planted-secret-0123456789" };

  it("leaves no stub where xorriso fails half-way, and says what it said", async () => {
    await writingDoes(
      `head -c 300000 "${installer}" >"$output"; echo "the disk is on fire" >&2; exit 5`,
    );
    await refuses(/`xorriso` ended with exit code 5\..*the disk is on fire/s, { userData });
  });

  it("leaves no stub where xorriso is killed", async () => {
    await writingDoes('head -c 300000 /dev/zero >"$output"; kill -9 $$');
    await refuses(/`xorriso` was ended by SIGKILL.*\[convert\.failed\]/s, { userData });
  });

  it("does not believe an xorriso that says all is well", async () => {
    await writingDoes(`head -c 300000 "${installer}" >"$output"; exit 0`);
    await refuses(/The new ISO is damaged: .*\[convert\.failed\]/);
  });

  it("does not believe an xorriso that writes the installer as it was", async () => {
    await writingDoes(`cat "${installer}" >"$output"; exit 0`);
    await refuses(/\/config\.yaml is missing/);
  });

  it("is refused where a content bundle changed between its hash and its copy", async () => {
    await writingDoes(`echo "another " >>"${folder}/core.tar"`);
    const options = { contentBundles: [{ path: "core.tar" }] };
    await refuses(/core\.tar changed while the ISO was being made.*\[installer\.changed\]/, {
      rootDirectory: folder,
      options,
    });
  });

  it("is refused where the installer changed while it was read", async () => {
    const growing = await smallInstaller(folder, "growing");
    await writingDoes(`$real "$@" || exit; printf x >>"${growing}"; exit 0`);
    await refuses(/growing\.iso changed while .*\[installer\.changed\]/, { installer: growing });
  });

  it("is refused where somebody changed the installer in place, which loses how it boots", async () => {
    const changed = await smallInstaller(folder, "changed");
    const place = ["-indev", changed, "-outdev", changed, "-map", join(folder, "core.tar"), "/x"];
    await execa("xorriso", ["-no_rc", ...place, "-boot_image", "any", "replay"]);
    const said = /changed\.iso.*was modified in place.*\[convert\.failed\]/s;
    await refuses(said, { installer: changed });
  });

  it("leaves no stub when it is cancelled while xorriso writes, and ends xorriso", async () => {
    await writingDoes(
      `echo $$ >"${folder}/pid"; head -c 300000 /dev/zero >"$output"; exec sleep 600`,
    );
    const aborted = new AbortController();
    const cancel = async (): Promise<void> => {
      const pid = join(folder, "pid");
      while ((await readFile(pid, "utf8").catch(() => "")) === "") await delay(20);
      const stub = join(folder, `own-${count}`, "a.iso");
      while ((await stat(stub)).size < 300_000) await delay(20);
      aborted.abort();
    };
    const { signal } = aborted;
    await Promise.all([refuses(/\[build\.cancelled\]/, { userData }, { signal }), cancel()]);
    const pid = (await readFile(join(folder, "pid"), "utf8")).trim();
    const state = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    assert.ok(state === "" || /\) [ZX] /.test(state), state);
  });

  it("leaves nothing when it is cancelled while it is read back", async () => {
    const aborted = new AbortController();
    const onProgress = (): void => aborted.abort();
    await refuses(/\[build\.cancelled\]/, {}, { signal: aborted.signal, onProgress });
  });

  describe("for want of room", () => {
    const small = (): string => join(folder, "own-full");
    const mountRoom = async (kiB: number): Promise<void> => {
      await mkdir(small(), { recursive: true });
      await execa("mount", ["-t", "tmpfs", "-o", `size=${kiB}k`, "tmpfs", small()]);
    };
    afterEach(() => execa("umount", [small()]));
    const make = () => makeIso({ installer, output: join(small(), "a.iso"), userData });

    it("is not begun", async () => {
      await mountRoom(1024);
      await writingDoes("exit 99");
      await assert.rejects(make(), /The iso needs about .* are free in .*\[host\.disk-full\]/);
      assert.deepEqual(await readdir(small()), []);
    });

    it("leaves no stub where others fill the file system meanwhile, and names the cause", async () => {
      await mountRoom(4 * 1024);
      await writingDoes(`head -c 3300000 /dev/zero >"${small()}/others"`);
      await assert.rejects(make(), /\[host\.disk-full\]/);
      assert.deepEqual(await readdir(small()), ["others"]);
    });
  });
});
