import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { bootSector } from "../../../../provider/system/accelerator/boot-sector";
import { connectQmp, type Qmp, type QmpEvent } from "../../../../provider/system/qmp/client";
import { startChild, type Child } from "../../../../provider/system/process/child";
import { writeFile } from "node:fs/promises";
import { inFolder } from "../process/run-process";

const { signal } = new AbortController();

interface Machine {
  readonly qmp: Qmp;
  readonly child: Child;
  readonly folder: string;
}

/** Runs a test with a paused machine that has a screen, a keyboard and a disk. */
function withMachine(
  test: (machine: Machine) => Promise<void>,
  extra: readonly string[] = [],
): Promise<void> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, "disk"), bootSector());
    const path = join(folder, "qmp");
    const args = [
      ...["-accel", "tcg", "-nodefaults", "-display", "none", "-S", "-m", "32", "-vga", "std"],
      ...["-drive", "file=disk,format=raw,if=none,id=disk", "-device", "ide-hd,drive=disk"],
      ...["-qmp", `unix:${path},server=on,wait=off`, ...extra],
    ];
    const child = startChild("qemu-system-x86_64", args, { signal, cwd: folder });
    try {
      const qmp = await connectQmp(path, { signal });
      await test({ qmp, child, folder });
      qmp.close();
    } finally {
      child.kill();
      await child.ended;
    }
  });
}

describe("connectQmp", () => {
  it("waits for QEMU to open its socket, and negotiates", () =>
    withMachine(async ({ qmp }) => {
      assert.equal(await qmp.queryStatus(), "prelaunch");
      assert(qmp.version >= 5002);
    }));

  it("fails after its time limit if there is no socket", () =>
    inFolder(async (folder) => {
      const work = connectQmp(join(folder, "none"), { signal, connectSeconds: 0.2 });
      await assert.rejects(work, { code: "install.qemu-died", message: /monitor socket within/ });
    }));

  it("fails when it is cancelled", () =>
    inFolder(async (folder) => {
      const controller = new AbortController();
      const work = connectQmp(join(folder, "none"), { signal: controller.signal });
      controller.abort();
      await assert.rejects(work, { code: "build.cancelled" });
    }));

  it("refuses a path that no Unix socket can have", async () => {
    const work = connectQmp(`/tmp/${"x".repeat(120)}`, { signal });
    await assert.rejects(work, { code: "input.invalid", message: /longer than 107 bytes/ });
  });

  it("fails if the socket sends nothing", () =>
    withSilentServer(async (path) => {
      const work = connectQmp(path, { signal, connectSeconds: 0.2 });
      await assert.rejects(work, { code: "install.qemu-died", message: /did not answer/ });
    }));
});

/** QEMU cannot be made silent: this socket accepts a connection and never responds. */
function withSilentServer(test: (path: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const path = join(folder, "silent");
    const server = await new Promise<Server>((resolve) => {
      const made = createServer((socket) => socket.on("error", () => undefined).resume());
      made.listen(path, () => resolve(made));
    });
    await test(path);
    await new Promise((resolve) => server.close(resolve));
  });
}

describe("Qmp", () => {
  it("reports what every drive has read and written", () =>
    withMachine(async ({ qmp }) => {
      const before = await qmp.queryBlockStats();
      assert.deepEqual(before[0]?.names.slice(0, 1), ["disk"]);
      assert.equal(before[0].readBytes, 0);
      await qmp.execute("cont");
      // The machine boots from the disk, so it reads the boot sector.
      while ((await qmp.queryBlockStats())[0]!.readBytes < 512) await qmp.queryStatus();
    }));

  it("writes a screenshot", () =>
    withMachine(async ({ qmp, folder }) => {
      const path = await qmp.screendump(join(folder, "screen"));
      assert.match(path, /screen\.(png|ppm)$/);
      assert.match((await readFile(path)).subarray(0, 4).toString("latin1"), /^(.PNG|P6)/);
    }));

  it("sends keys, and reports keys that QEMU does not know", () =>
    withMachine(async ({ qmp }) => {
      await qmp.sendKeys(["ctrl", "alt", "delete"]);
      await assert.rejects(qmp.sendKeys(["no-such-key"]), {
        code: "internal",
        message: /QEMU refused `send-key`: .*no-such-key/,
      });
    }));

  it("passes events to listeners, and earlier events to late listeners", () =>
    withMachine(async ({ qmp }) => {
      const early: QmpEvent[] = [];
      const stop = qmp.onEvent((event) => early.push(event));
      await qmp.execute("cont");
      await qmp.execute("system_reset");
      assert.equal((await qmp.firstEvent("RESET", signal)).data.guest, false);
      await qmp.execute("stop");
      await qmp.firstEvent("STOP", signal);
      stop();
      await qmp.execute("system_powerdown");
      const late: QmpEvent[] = [];
      qmp.onEvent((event) => late.push(event));
      const names = (events: readonly QmpEvent[]) => events.map(({ event }) => event);
      assert.deepEqual(names(early), ["RESET", "STOP"]);
      assert.deepEqual(names(late), ["RESET", "STOP", "POWERDOWN"]);
    }));

  it("reports how the guest ended, then the end of the socket", () =>
    withMachine(
      async ({ qmp, child }) => {
        await qmp.execute("cont");
        await qmp.execute("system_reset");
        const { data } = await qmp.firstEvent("SHUTDOWN", signal);
        assert.deepEqual(data, { guest: false, reason: "host-qmp-system-reset" });
        await qmp.ended;
        assert.equal((await child.ended).exitCode, 0);
      },
      ["-no-reboot"],
    ));

  it("ends QEMU on quit, even a paused one", () =>
    withMachine(async ({ qmp, child }) => {
      await qmp.quit();
      assert.equal((await child.ended).exitCode, 0);
      await qmp.quit();
    }));

  it("fails every pending call and every wait if QEMU is killed", () =>
    withMachine(async ({ qmp, child }) => {
      // A stopped process does not respond.
      process.kill(child.pid!, "SIGSTOP");
      const calls = [qmp.queryStatus(), qmp.queryBlockStats(), qmp.firstEvent("SHUTDOWN", signal)];
      child.kill();
      for (const result of await Promise.allSettled(calls)) {
        assert(result.status === "rejected");
        assert.match(String(result.reason), /closed its monitor socket .*install\.qemu-died/s);
      }
      await assert.rejects(qmp.queryStatus(), { code: "install.qemu-died" });
    }));

  it("fails a call at its deadline and when it is cancelled, and continues with the next", () =>
    withMachine(async ({ qmp, child }) => {
      process.kill(child.pid!, "SIGSTOP");
      const message = /did not answer `query-status` within 0.1 s/;
      await assert.rejects(qmp.queryStatus({ seconds: 0.1 }), {
        code: "install.qemu-died",
        message,
      });
      const controller = new AbortController();
      const call = qmp.queryStatus({ signal: controller.signal });
      controller.abort();
      await assert.rejects(call, { code: "build.cancelled" });
      process.kill(child.pid!, "SIGCONT");
      assert.equal(await qmp.queryStatus(), "prelaunch");
    }));

  it("distinguishes a full host disk from other disk errors", () =>
    withMachine(
      async ({ qmp }) => {
        // blkdebug makes the disk refuse all reads, and the machine stops.
        await qmp.execute("cont");
        const { data } = await qmp.firstEvent("BLOCK_IO_ERROR", signal);
        assert.deepEqual([data.operation, data.action, data.nospace], ["read", "stop", true]);
      },
      [
        "-blockdev",
        JSON.stringify({
          driver: "blkdebug",
          "node-name": "bad",
          image: { driver: "null-co", "read-zeroes": true },
          "inject-error": [{ event: "none", errno: 28 }],
        }),
        ...["-device", "ide-hd,drive=bad,bootindex=0,rerror=stop"],
      ],
    ));
});
