import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { isoUserData } from "../../../../provider/plan/iso/layout";
import { renderUserData } from "../../../../provider/plan/user-data/write-yaml";
import { readIsoPartitions } from "../../../../provider/system/iso/partitions";
import { listIsoFiles } from "../../../../provider/system/iso/tree";
import { standInInstaller } from "../../../servers/stand-in";
import { isoFormat, makeIso, type Wanted } from "./make";
import { bootReport, listing, readByOther, sfdiskVerify } from "./tree";
import { smallInstaller, type Boot } from "./small-installer";

const { signal } = new AbortController();
const content = "/opt/spectrocloud/content";
const cloudConfig = (name: string): string => `#cloud-config\nname: ${name}\n`;

describe("an ISO", () => {
  let folder = "";
  let installer = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus iso '\"#ü"));
    installer = await smallInstaller(folder, "small");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  let count = 0;
  const newOutput = (): string => join(folder, `out-${(count += 1)}.iso`);
  const make = async (wanted: Partial<Wanted> = {}) => {
    const output = newOutput();
    return makeIso({ installer, output, rootDirectory: folder, ...wanted });
  };
  const sha256 = async (path: string): Promise<string> =>
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex");

  describe("of the stand-in installer", () => {
    const userData = {
      install: { auto: true, device: "auto" },
      name: 'it\'s "quoted": ümläut 😀\nsecond line\n',
    };
    let standIn = "";
    let iso = "";
    before(async () => {
      standIn = await standInInstaller();
      const made = await make({ installer: standIn, userData });
      iso = made.path;
      assert.equal(made.sha256, await sha256(iso));
    });

    it("carries exactly the rendered user-data, for root alone, as another reader sees it", async () => {
      const text = renderUserData(isoUserData(userData, isoFormat({}), "kairos"));
      assert.equal(await readByOther(iso, "/config.yaml"), text);
      const size = Buffer.byteLength(text);
      assert.deepEqual(await listing(iso, "/config.yaml"), [`-rw------- 0 0 ${size} /config.yaml`]);
    });

    it("is nobody else's to read until it is published, and its user-data lies nowhere beside it", async () => {
      assert.equal((await stat(iso)).mode & 0o777, 0o600);
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.includes("user-data")),
        [],
      );
    });

    it("starts where the installer starts, from a partition table without a flaw", async () => {
      assert.deepEqual(await bootReport(iso), await bootReport(standIn));
      const said = await sfdiskVerify(iso);
      assert.match(said, /No errors detected/);
      assert.doesNotMatch(said, /mismatch|corrupt|not at the end|backup/i);
      const end = Buffer.alloc(8);
      (await readFile(iso)).copy(end, 0, (await stat(iso)).size - 512);
      assert.equal(end.toString("latin1"), "EFI PART");
    });

    it("lies in its first partition as a whole, with the EFI system partition behind it", async () => {
      const [first, efi] = await readIsoPartitions(iso, signal);
      const files = await listIsoFiles(iso, signal);
      assert.ok(files.length > 8);
      for (const { offset, sizeBytes, path } of files) {
        assert.ok(offset + sizeBytes <= (first?.end ?? 0), path);
      }
      assert.equal(efi?.type, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    });

    it("keeps the label and the time by which boot loaders look for it", async () => {
      const told = async (path: string): Promise<string> =>
        (await execa("blkid", ["-p", "-s", "LABEL", "-s", "UUID", "-o", "export", path])).stdout
          .split("\n")
          .filter((line) => /^(LABEL|UUID)=/.test(line))
          .join();
      assert.match(await told(standIn), /LABEL=COS_LIVE/);
      assert.equal(await told(iso), await told(standIn));
    });
  });

  describe("of the same inputs", () => {
    const ways: readonly (readonly [string, readonly string[], Record<string, string>])[] = [
      ["in another time zone", ["env"], { TZ: "Asia/Tokyo" }],
      ["under a strict umask", ["sh", "-c", 'umask 077; exec "$@"', "sh"], { TZ: "America/Lima" }],
      ["under an open umask", ["sh", "-c", 'umask 000; exec "$@"', "sh"], { LANG: "de_DE.UTF-8" }],
      ["on one processor", ["taskset", "-c", "0"], { UV_THREADPOOL_SIZE: "1" }],
    ];
    let expected: string | undefined;
    let wanted: Wanted;
    before(async () => {
      await writeFile(join(folder, "core.tar.zst"), Buffer.alloc(5_000_001, "core"));
      const contentBundles = [{ path: "core.tar.zst" }];
      const base = { installer, rootDirectory: folder, options: { contentBundles } };
      wanted = { ...base, output: newOutput(), userData: { a: 1 } };
      expected = (await makeIso(wanted)).sha256;
    });

    for (const [how, command, env] of ways) {
      it(`has the same bytes ${how}`, async () => {
        const program = [process.execPath, "--require", "ts-node/register/transpile-only"];
        const script = [
          join(__dirname, "make.ts"),
          JSON.stringify({ ...wanted, output: newOutput() }),
        ];
        const [first = "", ...rest] = [...command, ...program, ...script];
        const { stdout } = await execa(first, rest, { env });
        assert.equal((JSON.parse(stdout) as { sha256: string }).sha256, expected, stdout);
      });
    }

    it("has the same bytes in another folder at another time, whatever its files are called and whose they are", async () => {
      const elsewhere = join(folder, "elsewhere");
      await mkdir(elsewhere);
      const bundle = join(elsewhere, "core.tar.zst");
      await copyFile(join(folder, "core.tar.zst"), bundle);
      await chmod(bundle, 0o640);
      await utimes(bundle, 1, 1);
      await copyFile(installer, join(elsewhere, "other name.iso"));
      // Times on an ISO are whole seconds.
      await delay(1100);
      const moved = {
        ...wanted,
        installer: join(elsewhere, "other name.iso"),
        rootDirectory: elsewhere,
        output: join(elsewhere, "x.iso"),
      };
      assert.equal((await makeIso(moved)).sha256, expected);
    });

    it("has other bytes where the user-data is another", async () => {
      const { sha256: other } = await makeIso({
        ...wanted,
        output: newOutput(),
        userData: { a: 2 },
      });
      assert.notEqual(other, expected);
    });
  });

  describe("of an installer that carries configurations", () => {
    it("replaces CanvOS' own, and leaves nothing of its text", async () => {
      const old = "#cloud-config\nstylus:\n  old: planted-old-text-0123456789\n";
      const embedded = await standInInstaller({ variant: "embedded", userData: old });
      assert.ok((await readFile(embedded)).includes("planted-old-text"));
      const { path, warnings } = await make({ installer: embedded, userData: { a: "new" } });
      assert.match(await readByOther(path, "/files-iso/config.yaml"), /^a: new$/m);
      assert.ok(!(await readFile(path)).includes("planted-old-text"));
      assert.ok(!(await listing(path)).some((line) => line.endsWith(" /config.yaml")));
      assert.equal(warnings.length, 1);
    });

    const cases: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
      [
        "the last of two",
        ["files-iso/config.yaml", "config.yaml"],
        "/files-iso/config.yaml",
        ["/config.yaml"],
      ],
      // Sorted last by a walk of folders, although a hyphen sorts before a slash.
      ["the last by a walk", ["a/x.yaml", "a-b/x.yaml"], "/a-b/x.yaml", ["/a/x.yaml"]],
      ["none that the installer does not read", ["zz/UPPER.YAML"], "/config.yaml", []],
      ["one with a strange name alone", ["x[A].yaml", "xA.yaml"], "/x[A].yaml", ["/xA.yaml"]],
    ];
    for (const [what, paths, replaced, left] of cases) {
      it(`replaces ${what}, and warns of the others`, async () => {
        const files = Object.fromEntries(paths.map((path) => [path, cloudConfig(path)]));
        const several = await smallInstaller(folder, `several-${(count += 1)}`, { files });
        const { path, warnings } = await make({ installer: several, userData: { a: "new" } });
        assert.match(await readByOther(path, replaced), /^a: new$/m);
        assert.deepEqual(
          warnings.slice(1),
          left.map(
            (it) =>
              `The installer carries a further configuration, which merges with this one: ${it}`,
          ),
        );
        for (const other of paths.filter((it) => `/${it}` !== replaced)) {
          assert.equal(await readByOther(path, `/${other}`), cloudConfig(other));
          const mode = (await listing(path, "/")).find((line) => line.endsWith(` /${other}`));
          assert.match(mode ?? "", /^-r--r--r-- /);
        }
      });
    }
  });

  describe("with content bundles", () => {
    const bundle = async (name: string, text: string): Promise<{ path: string }> => {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      return { path: name };
    };

    it("has them under their own names, whatever these are, readable and root's", async () => {
      const names = ["a b.tar.zst", 'it\'s "q".tar', "ümläut #1.tar", "-dash.tar", "a[1].tar"];
      // A name that the name above would match if it were a pattern.
      const all = [...names, "a1.tar", "st*r.tgz", "--.tar", "back\\slash.tar", "=x?.tar"];
      const contentBundles = await Promise.all(all.map((name) => bundle(name, `holds ${name}`)));
      const { path } = await make({ options: { contentBundles } });
      const there = await listing(path, content);
      assert.equal(there.length, all.length + 1);
      for (const name of all) {
        const size = Buffer.byteLength(`holds ${name}`);
        assert.ok(
          there.includes(`-rw-r--r-- 0 0 ${size} ${content}/${name}_part00`),
          there.join("\n"),
        );
      }
      assert.deepEqual(
        (await listing(path, "/opt")).filter((line) => line.startsWith("d")),
        ["/opt", "/opt/spectrocloud", content].map((name) => `drwxr-xr-x 0 0 0 ${name}`),
      );
      assert.equal(await readByOther(path, `${content}/a b.tar.zst_part00`), "holds a b.tar.zst");
    });

    const refused = async (wanted: Partial<Wanted>, said: RegExp): Promise<void> => {
      const output = newOutput();
      await assert.rejects(make({ ...wanted, output }), said);
      assert.deepEqual(
        (await readdir(folder)).filter(
          (name) => output.includes(name) || name.includes("user-data"),
        ),
        [],
      );
    };

    it("is refused where one is empty", async () => {
      const contentBundles = [await bundle("empty.tar", "")];
      await refused(
        { options: { contentBundles } },
        /empty\.tar is empty.*\[installer\.truncated\]/,
      );
    });

    it("is refused where one changed since it was planned", async () => {
      const { path } = await bundle("changed.tar", "new");
      const contentBundles = [{ path, sha256: "a".repeat(64) }];
      const said =
        /changed\.tar has the SHA-256 [0-9a-f]{64}, expected a{64}.* \[installer\.changed\]/;
      await refused({ options: { contentBundles } }, said);
    });

    it("is refused where one changes while it is made", async () => {
      const contentBundles = [await bundle("growing.tar", "x")];
      const grows = async (): Promise<void> => {
        const output = newOutput();
        const onProgress = (): void => void bundle("growing.tar", "y");
        await makeIso(
          { installer, output, rootDirectory: folder, options: { contentBundles } },
          { onProgress },
        );
      };
      await assert.rejects(grows(), /growing\.tar changed while .* \[installer\.changed\]/);
    });

    for (const [what, path] of [
      ["is not there", "gone.tar"],
      ["is a folder", "folder.tar"],
    ] as const) {
      it(`is refused where one ${what}, and names it`, async () => {
        await mkdir(join(folder, "folder.tar"), { recursive: true });
        const said = new RegExp(`^StylusError: The content bundle .*${path} cannot be read: `);
        await refused({ options: { contentBundles: [{ path }] } }, said);
      });
    }

    it("is refused where the installer carries one of that name, whose pieces would be taken for the new one's", async () => {
      const files = { [`${content.slice(1)}/core.tar_part01`]: "old" };
      const carrying = await smallInstaller(folder, "carrying", { files });
      const contentBundles = [await bundle("core.tar", "new")];
      const said =
        /The installer already contains a content bundle .*core\.tar_part01.*\[input\.invalid\]/;
      await refused({ installer: carrying, options: { contentBundles } }, said);
      const other = { contentBundles: [await bundle("core.tar.zst", "new")] };
      const { path } = await make({ installer: carrying, options: other });
      assert.equal((await listing(path, content)).length, 3);
    });
  });

  describe("of an installer that starts in some ways only", () => {
    for (const boot of ["mbr", "cd", "cd-bios", "cd-uefi"] satisfies readonly Boot[]) {
      it(`starts in the same ways: ${boot}`, async () => {
        const one = await smallInstaller(folder, boot, { boot });
        const { path } = await make({ installer: one });
        const report = await bootReport(path);
        assert.deepEqual(report, await bootReport(one));
        assert.ok(report.some((line) => line.startsWith("El Torito boot img")));
      });
    }
  });

  it("is made of an installer with a strange name", async () => {
    const strange = join(folder, `it's a [1]* #2 "ü\\ %s --.iso`);
    await copyFile(installer, strange);
    const { sha256: hash } = await make({ installer: strange, output: `${strange}.out.iso` });
    assert.equal(hash, (await make()).sha256);
  });

  it("holds user-data of 900 kB, and none that the installer would skip", async () => {
    const text = "long ".repeat(180_000);
    const { path } = await make({ userData: { text } });
    assert.ok((await readByOther(path, "/config.yaml")).includes(text.trimEnd()));
    await assert.rejects(make({ userData: { text: text + text } }), /\[user-data\.refused\]/);
  });
});
