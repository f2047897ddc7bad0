import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  access,
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { directoryTarget } from "../../../../provider/targets/directory/target";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import type { Target } from "../../../../provider/targets/target";
import {
  makeArtifact,
  makeSparseDisk,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { listingOf } from "../access";
import { conformsAsTarget } from "../conformance";

const run = promisify(execFile);
const child = join(__dirname, "publish-in-child.ts");
const image = "edge-0123456789ab";

describe("publishing to a directory", () => {
  const folder = useFolder();
  let root = "";
  let cacheDirectory = "";
  let target: Target;
  beforeEach(async () => {
    root = join(await mkdtemp(join(folder(), "t-")), "images");
    cacheDirectory = await mkdtemp(join(folder(), "cache-"));
    target = directoryTarget(
      { type: "directory", path: root },
      { rootDirectory: "/", cacheDirectory },
    );
  });
  const file = ({ name }: LocalArtifact) => join(root, name);
  const inChild = async (artifacts: readonly LocalArtifact[]) => {
    const task = JSON.stringify({ root, cacheDirectory, artifacts });
    const args = ["--require", "ts-node/register", child, task];
    const { stdout } = await run(process.execPath, args);
    return JSON.parse(stdout) as unknown[];
  };

  const filesOf = async (artifact: LocalArtifact) => {
    const names = await readdir(join(root, image)).catch(() => []);
    return names.filter((name) => name.includes(artifact.artifactKey.slice(0, 12)));
  };
  let filesAtReset: ReadonlySet<string> = new Set();
  const filesNow = async () => {
    const names = await readdir(join(root, image)).catch((): string[] => []);
    const files = names.filter((name) => name !== "SHA256SUMS");
    return Promise.all(
      files.map(async (name) => {
        const { ino, mtimeNs, size } = await stat(join(root, image, name), { bigint: true });
        return { id: `${ino} ${mtimeNs} ${size}`, size: Number(size) };
      }),
    );
  };
  conformsAsTarget({
    open: () => target,
    places: {
      same: async () => {
        const path = `${root}-link`;
        await symlink(root, path).catch(() => undefined);
        return directoryTarget({ type: "directory", path }, { rootDirectory: "/", cacheDirectory });
      },
      another: async () => {
        const path = join(folder(), "others");
        await mkdir(path, { recursive: true });
        return directoryTarget({ type: "directory", path }, { rootDirectory: "/", cacheDirectory });
      },
    },
    folder,
    makeArtifact: (size) => makeArtifact(folder(), (size === "large" ? 200 : 1) * MiB),
    stored: async (artifact) => {
      const names = await filesOf(artifact);
      const stats = names.map(async (name) => {
        const { ino, size, ctimeNs } = await stat(join(root, image, name), { bigint: true });
        return `${name} ${ino} ${size} ${ctimeNs}`;
      });
      return names.length === 0 ? undefined : (await Promise.all(stats)).toSorted().join("\n");
    },
    listing: () => listingOf(root),
    // Files that are new or were written since the last reset.
    uploadedBytes: async () => {
      const written = (await filesNow()).filter(({ id }) => !filesAtReset.has(id));
      return written.map(({ size }) => size).reduce((one, other) => one + other, 0);
    },
    resetCounts: async () => {
      filesAtReset = new Set((await filesNow()).map(({ id }) => id));
    },
    putForeign: (artifact) => writeFile(file(artifact), "foreign"),
    alter: (artifact) => appendFile(file(artifact), "altered"),
    altered: /It has 1048583 bytes, expected 1048576\./,
    interrupted: "starts again",
    retrieve: "file",
    untilUploading: async (artifact) => {
      while ((await filesOf(artifact)).length === 0) await delay(1);
    },
  });

  it("copies the file under its name and says where it is", async () => {
    const artifact = await makeArtifact(folder(), 3 * MiB);
    const told: number[] = [];
    const options = quietly({ onProgress: (done) => told.push(done) });
    const published = await target.publish(artifact, options);
    const uri = pathToFileURL(file(artifact)).href;
    assert.deepEqual(published, {
      format: "qcow2",
      target: `directory:${root}`,
      uri,
      url: uri,
      sizeBytes: artifact.sizeBytes,
      sha256: artifact.sha256,
      mediaType: artifact.mediaType,
      artifactKey: artifact.artifactKey,
    });
    assert.equal(sha256(await readFile(file(artifact))), artifact.sha256);
    assert.equal(told.at(-1), artifact.sizeBytes);
    assert.deepEqual((await readdir(join(root, image))).toSorted(), [
      "SHA256SUMS",
      artifact.name.slice(image.length + 1),
    ]);
    await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: join(root, image) });
    assert.deepEqual(await target.find(recorded(published), never), { state: "present" });
  });

  it("resolves a relative path against the given root, and keeps it in the target's id", async () => {
    const rootDirectory = await mkdtemp(join(folder(), "project-"));
    const relative = directoryTarget(
      { type: "directory", path: "./out/" },
      { rootDirectory, cacheDirectory },
    );
    const artifact = await makeArtifact(folder(), 10);
    const published = await relative.publish(artifact, quietly());
    assert.equal(published.target, "directory:out");
    assert.equal(published.uri, pathToFileURL(join(rootDirectory, "out", artifact.name)).href);
  });

  it("makes a copy and never a hard link, with the mode of a new file", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    await target.publish(artifact, quietly());
    const [source, copy] = [await stat(artifact.path), await stat(file(artifact))];
    assert.notEqual(source.ino, copy.ino);
    assert.equal(copy.nlink, 1);
    assert.equal(source.mode & 0o777, 0o600);
    await writeFile(join(folder(), "new-file"), "");
    assert.equal(copy.mode, (await stat(join(folder(), "new-file"))).mode);
  });

  it("keeps the holes of a raw disk, and lists no SHA-256 that nobody took", async () => {
    const disk = await makeSparseDisk(folder(), 256 * MiB);
    const published = await target.publish(disk, quietly());
    assert.equal(published.sha256, undefined);
    const copy = await stat(file(disk));
    assert.equal(copy.size, 256 * MiB);
    assert.ok(copy.blocks * 512 < 4 * MiB);
    await run("cmp", [disk.path, file(disk)]);
    await assert.rejects(access(join(root, image, "SHA256SUMS")));
  });

  it("writes nothing for an artifact that is already published", async () => {
    for (const artifact of [
      await makeArtifact(folder(), 1000),
      await makeSparseDisk(folder(), 10 * MiB),
    ]) {
      const first = await target.publish(artifact, quietly());
      const before = await stat(file(artifact), { bigint: true });
      assert.deepEqual(await target.publish(artifact, quietly()), first);
      const after = await stat(file(artifact), { bigint: true });
      assert.deepEqual([after.ino, after.ctimeNs], [before.ino, before.ctimeNs]);
    }
  });

  it("reuses an identical file of another program", async () => {
    for (const artifact of [
      await makeArtifact(folder(), 1000),
      await makeSparseDisk(folder(), 10 * MiB),
    ]) {
      await mkdir(join(root, image), { recursive: true });
      await copyFile(artifact.path, file(artifact));
      const { ino } = await stat(file(artifact));
      const published = recorded(await target.publish(artifact, quietly()));
      assert.equal((await stat(file(artifact))).ino, ino);
      assert.deepEqual(await target.find(published, never), { state: "present" });
    }
  });

  it("never overwrites a file that it did not write", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    await mkdir(join(root, image), { recursive: true });
    for (const theirs of ["theirs", "x".repeat(1000)]) {
      await writeFile(file(artifact), theirs);
      await assert.rejects(
        target.publish(artifact, quietly()),
        fails("publish.name-taken", /never overwritten/, /Move it elsewhere/),
      );
      assert.equal(await readFile(file(artifact), "utf8"), theirs);
    }
    await rm(file(artifact));
    await mkdir(file(artifact));
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.name-taken", /not a regular file/),
    );
    const disk = await makeSparseDisk(folder(), 10 * MiB);
    await writeFile(file(disk), Buffer.alloc(10 * MiB));
    await assert.rejects(target.publish(disk, quietly()), fails("publish.name-taken"));
  });

  it("publishes an altered file of its own again, and puts the altered one into quarantine", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const published = recorded(await target.publish(artifact, quietly()));
    await appendFile(file(artifact), "a virtual machine wrote here");
    assert.equal((await target.find(published, never)).state, "altered");
    await target.publish(artifact, quietly());
    assert.deepEqual(await target.find(published, never), { state: "present" });
    assert.match(await readFile(`${file(artifact)}.altered-1`, "latin1"), /wrote here$/);
  });

  it("lets two processes publish the same artifact at once", async () => {
    const artifact = await makeArtifact(folder(), 40 * MiB);
    const [one, other] = await Promise.all([inChild([artifact]), inChild([artifact])]);
    assert.deepEqual(one, other);
    assert.equal(sha256(await readFile(file(artifact))), artifact.sha256);
    assert.equal((await readdir(join(root, image))).length, 2);
  });

  it("loses no line of SHA256SUMS when several processes write it at once", async () => {
    const artifacts: LocalArtifact[] = [];
    for (let count = 0; count < 24; count += 1) artifacts.push(await makeArtifact(folder(), 100));
    const parts = [0, 1, 2].map((part) => artifacts.filter((_, index) => index % 3 === part));
    await Promise.all([...parts.map(inChild), inChild(artifacts)]);
    const sums = await readFile(join(root, image, "SHA256SUMS"), "utf8");
    assert.equal(sums.trimEnd().split("\n").length, 24);
    await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: join(root, image) });
  });

  it("publishes after another program was killed during its copy", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    await mkdir(join(root, image), { recursive: true });
    const partial = join(root, image, `.${artifact.name.slice(image.length + 1)}.partial`);
    await writeFile(partial, "half");
    await target.publish(artifact, quietly());
    await assert.rejects(access(partial));
    assert.equal(sha256(await readFile(file(artifact))), artifact.sha256);
  });

  it("leaves no partial file after a cancellation", async () => {
    const artifact = await makeArtifact(folder(), 200 * MiB);
    const user = new AbortController();
    const poll = setInterval(() => {
      const partial = join(root, image, `.${artifact.name.slice(image.length + 1)}.partial`);
      access(partial).then(
        () => user.abort(),
        () => undefined,
      );
    }, 1);
    try {
      await assert.rejects(
        target.publish(artifact, quietly({ signal: user.signal })),
        fails("build.cancelled"),
      );
    } finally {
      clearInterval(poll);
    }
    assert.deepEqual(await readdir(join(root, image)), []);
    await target.publish(artifact, quietly());
  });

  it("rejects a local file of another size", async () => {
    const artifact = { ...(await makeArtifact(folder(), 1000)), sizeBytes: 999 };
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.failed", /1000 bytes, expected 999/),
    );
    assert.deepEqual(await readdir(join(root, image)), []);
  });

  it("reports a full disk, and leaves no partial file", async () => {
    const mount = await mkdtemp(join(folder(), "small-"));
    await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mount]);
    try {
      const small = directoryTarget(
        { type: "directory", path: mount },
        { rootDirectory: "/", cacheDirectory },
      );
      const artifact = await makeArtifact(folder(), 8 * MiB);
      await assert.rejects(
        small.publish(artifact, quietly()),
        fails("host.disk-full", /space/, /Free|larger file system/),
      );
      assert.deepEqual(await readdir(join(mount, image)), []);
      await small.publish(await makeArtifact(folder(), 2 * MiB), quietly());
    } finally {
      await run("umount", [mount]);
    }
  });

  it("reports a folder that it may not write to", async () => {
    const mount = await mkdtemp(join(folder(), "read-only-"));
    await run("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", mount]);
    try {
      const readOnly = directoryTarget(
        { type: "directory", path: mount },
        { rootDirectory: "/", cacheDirectory },
      );
      const artifact = await makeArtifact(folder(), 1000);
      await assert.rejects(
        readOnly.publish(artifact, quietly()),
        fails("publish.denied", /read-only/, /another folder/),
      );
    } finally {
      await run("umount", [mount]);
    }
    await writeFile(root, "a file");
    const artifact = await makeArtifact(folder(), 1000);
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.failed", /is a file, not a folder/, /`path`/),
    );
  });

  it("retrieves only an unaltered file", async () => {
    const artifact = await makeArtifact(folder(), 3 * MiB);
    const published = recorded(await target.publish(artifact, quietly()));
    const path = join(folder(), "back.qcow2");
    await target.retrieve(published, path, quietly());
    assert.equal(sha256(await readFile(path)), artifact.sha256);
    await appendFile(file(artifact), "x");
    await assert.rejects(
      target.retrieve(published, path, quietly()),
      fails("publish.failed", /expected 3145728/),
    );
    await rm(file(artifact));
    await assert.rejects(
      target.retrieve(published, path, quietly()),
      fails("publish.not-found", /does not exist/),
    );
  });

  it("removes file, checksum, sidecar and empty folder, and nothing else", async () => {
    const [one, two] = [await makeArtifact(folder(), 10), await makeArtifact(folder(), 20)];
    const first = recorded(await target.publish(one, quietly()));
    const second = recorded(await target.publish(two, quietly()));
    await target.remove(first, never);
    await assert.rejects(access(file(one)));
    await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: join(root, image) });
    assert.deepEqual(await target.find(second, never), { state: "present" });
    await target.remove(second, never);
    await target.remove(second, never);
    assert.deepEqual(await readdir(root), [".stylus-image"]);
    const kept = (await readdir(join(root, ".stylus-image"))).toSorted();
    assert.deepEqual(kept, ["lock", "machine.json"]);

    await target.publish(one, quietly());
    await writeFile(join(root, image, "notes.txt"), "theirs");
    await target.remove(first, never);
    assert.deepEqual(await readdir(join(root, image)), ["notes.txt"]);
  });

  it("lists modified files, in quarantine or under their own name", async () => {
    const artifact = await makeArtifact(folder(), 3 * MiB);
    const published = recorded(await target.publish(artifact, quietly()));
    await writeFile(`${file(artifact)}.altered-state`, "somebody else's");
    for (const text of ["one", "two"]) {
      await appendFile(file(artifact), text);
      await target.publish(artifact, quietly());
    }
    const asides = [1, 2].map((count) => `${file(artifact)}.altered-${count}`);
    const removed = await target.remove(published, never);
    assert.deepEqual(removed, { state: "removed", left: asides });
    await target.publish(artifact, quietly());
    await appendFile(file(artifact), "three");
    const altered = await target.remove(published, never);
    assert.deepEqual(altered, { state: "altered", left: [file(artifact), ...asides] });
    for (const name of await readdir(join(root, image))) await rm(join(root, image, name));
    assert.deepEqual(await target.remove(published, never), { state: "absent", left: [] });
  });

  it("does not remove a file that was altered since", async () => {
    const artifact = await makeArtifact(folder(), 10);
    const published = recorded(await target.publish(artifact, quietly()));
    await writeFile(file(artifact), "the disk of a virtual machine by now");
    await target.remove(published, never);
    assert.deepEqual(await readdir(join(root, image)), [artifact.name.slice(image.length + 1)]);
  });

  it("removes a publication of a missing folder without an error", async () => {
    const artifact = await makeArtifact(folder(), 10);
    const published = recorded(await target.publish(artifact, quietly()));
    await rm(root, { recursive: true });
    await target.remove(published, never);
    await assert.rejects(access(root));
  });

  describe("find", () => {
    it("hashes a file of the right size only when it was touched", async () => {
      const artifact = await makeArtifact(folder(), 1000);
      const published = recorded(await target.publish(artifact, quietly()));
      await utimes(file(artifact), new Date(), new Date(0));
      assert.deepEqual(await target.find(published, never), { state: "present" });
      await writeFile(file(artifact), Buffer.alloc(1000));
      const found = await target.find(published, never);
      assert.equal(found.state, "altered");
      assert.match("why" in found ? found.why : "", /Its SHA-256 is [0-9a-f]{64}, expected/);
    });

    it("counts a raw disk without SHA-256 that was written to as altered", async () => {
      const disk = await makeSparseDisk(folder(), 10 * MiB);
      const published = recorded(await target.publish(disk, quietly()));
      assert.deepEqual(await target.find(published, never), { state: "present" });
      await utimes(file(disk), new Date(), new Date(0));
      const found = await target.find(published, never);
      assert.equal(found.state, "altered");
      // Publishing compares the content, and finds that only the time changed.
      await target.publish(disk, quietly());
      assert.deepEqual(await target.find(published, never), { state: "present" });
      await assert.rejects(access(`${file(disk)}.altered-1`));
    });

    it("reports a missing file as absent on the machine that published it", async () => {
      const artifact = await makeArtifact(folder(), 10);
      const published = recorded(await target.publish(artifact, quietly()));
      await rm(file(artifact));
      assert.deepEqual(await target.find(published, never), { state: "absent" });
      await rm(root, { recursive: true });
      assert.deepEqual(await target.find(published, never), { state: "absent" });
    });

    it("reports a missing file as unreachable on another machine", async () => {
      const artifact = await makeArtifact(folder(), 10);
      const published = recorded(await target.publish(artifact, quietly()));
      await rm(root, { recursive: true });
      const options = { rootDirectory: "/", cacheDirectory: await mkdtemp(join(folder(), "c-")) };
      const other = directoryTarget({ type: "directory", path: root }, options);
      const found = await other.find(published, never);
      assert.equal(found.state, "unreachable");
      assert.match("why" in found ? found.why : "", /this machine never published into/);
      // The target has a folder of that name, but the publication was made under another path.
      await other.publish(await makeArtifact(folder(), 10), quietly());
      const elsewhere = { ...published, uri: published.uri.replace("/images/", "/over-there/") };
      assert.equal((await other.find(elsewhere, never)).state, "unreachable");
    });

    it("finds the files after the whole project was moved", async () => {
      const artifact = await makeArtifact(folder(), 10);
      const published = recorded(await target.publish(artifact, quietly()));
      const moved = await mkdtemp(join(folder(), "moved-"));
      await run("cp", ["-a", `${root}/.`, moved]);
      const options = { rootDirectory: "/", cacheDirectory };
      const there = directoryTarget({ type: "directory", path: moved }, options);
      assert.deepEqual(await there.find(published, never), { state: "present" });
    });

    it("reports a file that it may not read as unreachable", async () => {
      const artifact = await makeArtifact(folder(), 10);
      const published = recorded(await target.publish(artifact, quietly()));
      await chmod(root, 0o700);
      const script = [
        `const { directoryTarget } = require(${JSON.stringify(join(__dirname, "../../../../provider/targets/directory/target"))});`,
        `const target = directoryTarget({ type: "directory", path: ${JSON.stringify(root)} }, { rootDirectory: "/", cacheDirectory: "/nonexistent" });`,
        "process.setgid(65534); process.setgroups([]); process.setuid(65534);",
        `target.find(${JSON.stringify(published)}, new AbortController().signal).then((found) => console.log(JSON.stringify(found)));`,
      ];
      const args = ["--require", "ts-node/register", "--eval", script.join("\n")];
      const { stdout } = await run(process.execPath, args, { cwd: join(__dirname, "../../../..") });
      const found = JSON.parse(stdout) as { state: string; why: string };
      assert.equal(found.state, "unreachable");
      assert.match(found.why, /EACCES/);
    });
  });
});
