import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { run } from "../../../../provider/system/process/run";
import { guardedArguments, startChild } from "../../../../provider/system/process/child";
import { StylusError } from "../../../../provider/base/errors";
import { inFolder, isAlive, nextOutput, startScript, until } from "./run-process";

const options = { signal: new AbortController().signal, code: "convert.failed" } as const;

async function failure(work: Promise<unknown>): Promise<StylusError> {
  const error = await work.then(
    () => assert.fail("It should have failed."),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof StylusError);
  return error;
}

describe("run", () => {
  it("gives a tool its input, working folder and environment, and takes both outputs", () =>
    inFolder(async (folder) => {
      const script = 'cat; pwd; echo "$MARK $LC_ALL"; echo warned >&2';
      const env = { MARK: "héllo" };
      const { stdout, stderr } = await run("sh", ["-c", script], {
        ...options,
        input: "typed\n",
        cwd: folder,
        env,
      });
      assert.equal(stdout, `typed\n${folder}\nhéllo C\n`);
      assert.equal(stderr, "warned\n");
    }));

  it("gives a tool an empty input rather than the terminal", async () => {
    assert.equal((await run("cat", [], options)).stdout, "");
  });

  it("survives a tool that does not read its input", async () => {
    const input = Buffer.alloc(1024 * 1024);
    assert.equal((await run("true", [], { ...options, input })).exitCode, 0);
  });

  it("passes standard output on as it comes, and then keeps none of it", async () => {
    const chunks: Buffer[] = [];
    const onStdout = (chunk: Buffer) => void chunks.push(chunk);
    const args = ["-c", "3000000", "/dev/zero"];
    const { stdout } = await run("head", args, { ...options, onStdout });
    assert.equal(stdout, "");
    assert.equal(Buffer.concat(chunks).length, 3_000_000);
  });

  it("reports a failed tool by name, exit code and the end of its stderr, without arguments", async () => {
    const script = 'seq 1 5000 >&2; echo "the cause" >&2; exit 3';
    const error = await failure(run("/bin/sh", ["-c", script, "s3cret"], options));
    assert.equal(error.code, "convert.failed");
    assert.match(error.message, /`sh` ended with exit code 3\./);
    assert.match(error.message, /5000\n\s+the cause/);
    assert.doesNotMatch(error.message, /s3cret|^\s+1000$/m);
  });

  it("accepts the exit codes that the caller accepts", async () => {
    const accepted = [0, 1];
    assert.equal((await run("false", [], { ...options, accepted })).exitCode, 1);
  });

  it("names the signal that ended a tool", async () => {
    const error = await failure(run("sh", ["-c", "kill -9 $$"], options));
    assert.match(error.message, /`sh` was ended by SIGKILL\./);
  });

  it("recognises a full disk from the tool's output", async () => {
    const error = await failure(run("dd", ["if=/dev/zero", "of=/dev/full", "count=1"], options));
    assert.equal(error.code, "host.disk-full");
    assert.match(error.message, /Free disk space/);
  });

  it("recognises qemu-img's message about a full disk", async () => {
    // qemu-img writes to a file system of 1 MiB that only this test uses.
    const script =
      "mount -t tmpfs -o size=1m tmpfs /mnt && head -c 4M /dev/urandom > /dev/shm/stylus-full && " +
      "qemu-img convert -O qcow2 /dev/shm/stylus-full /mnt/full; code=$?; rm /dev/shm/stylus-full; exit $code";
    const error = await failure(run("unshare", ["-m", "sh", "-c", script], options));
    assert.equal(error.code, "host.disk-full", error.message);
  });

  it("reports a missing program", async () => {
    const error = await failure(run("stylus-no-such-tool", [], options));
    assert.equal(error.code, "host.tool-missing");
    assert.match(error.message, /`stylus-no-such-tool` could not be started/);
  });

  it("finds root's tools on the PATH of an ordinary user", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/usr/local/bin:/usr/bin:/bin";
    try {
      assert.match((await run("sfdisk", ["--version"], options)).stdout, /util-linux/);
    } finally {
      process.env.PATH = path;
    }
  });

  it("does not start anything when it is cancelled beforehand", () =>
    inFolder(async (folder) => {
      const signal = AbortSignal.abort();
      const error = await failure(run("touch", [join(folder, "made")], { ...options, signal }));
      assert.equal(error.code, "build.cancelled");
      assert.equal((await run("ls", [folder], options)).stdout, "");
    }));

  it("ends a tool with SIGTERM", async () => {
    const controller = new AbortController();
    const work = run("sleep", ["1000"], { ...options, signal: controller.signal });
    controller.abort();
    assert.equal((await failure(work)).code, "build.cancelled");
  });

  it("kills a tool that ignores SIGTERM", async () => {
    const controller = new AbortController();
    const onStdout = () => controller.abort();
    const script = "trap '' TERM; echo ready; while :; do sleep 0.1; done";
    const work = run("sh", ["-c", script], { ...options, signal: controller.signal, onStdout });
    assert.equal((await failure(work)).code, "build.cancelled");
  });

  it("throws the reason of the signal if it is a StylusError", async () => {
    const reason = new StylusError("convert.timed-out", { what: "Too long.", next: "Wait." });
    const signal = AbortSignal.abort(reason);
    assert.equal(await failure(run("true", [], { ...options, signal })), reason);
  });
});

describe("startChild", () => {
  it("leaves no child behind when this process is killed", async () => {
    const parent = startScript("run-parent.ts", []);
    const pid = Number(await nextOutput(parent));
    assert(isAlive(pid));
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await until(() => !isAlive(pid));
  });

  it("starts no tool when its parent died before the kernel was told to watch it", () => {
    // Process 1 represents the process that adopts the child of a dead parent: it is not the process that started it.
    const orphan = spawnSync("setpriv", guardedArguments(1, "echo", ["started"]));
    assert.deepEqual([orphan.stdout.toString(), orphan.status], ["", 1]);
    const child = spawnSync("setpriv", guardedArguments(process.pid, "echo", ["started"]));
    assert.deepEqual([child.stdout.toString(), child.status], ["started\n", 0]);
  });

  it("lets the caller write to the child and read its output", async () => {
    const answer: Buffer[] = [];
    const onStdout = (chunk: Buffer) => void answer.push(chunk);
    const child = startChild("cat", [], { signal: options.signal, input: "pipe", onStdout });
    child.stdin?.end("hello");
    assert.equal((await child.ended).exitCode, 0);
    assert.equal(Buffer.concat(answer).toString(), "hello");
  });
});
