import assert from "node:assert/strict";
import { chmod, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  chooseAccelerator,
  deleteVerdict,
  saveVerdict,
  type AcceleratorOptions,
} from "../../../../provider/system/accelerator/choose";
import { readVerdict, verdictFile } from "../../../../provider/system/accelerator/verdict-cache";
import { runOnce, benchmark } from "../../../../provider/system/accelerator/benchmark";
import { bootSector } from "../../../../provider/system/accelerator/boot-sector";
import { inFolder, openWay, startScript, wholeOutput } from "../process/run-process";

const { signal } = new AbortController();
const inNamespace = (script: string) => [
  "unshare",
  "-m",
  "sh",
  "-c",
  `${script} && exec "$@"`,
  "sh",
];

function optionsIn(folder: string): AcceleratorOptions {
  const cacheDirectory = join(folder, "cache");
  return { qemuPath: "qemu-system-x86_64", qemuVersion: "test", cacheDirectory, signal };
}

/** A QEMU wrapper that records its calls. */
async function makeQemu(folder: string, script: string): Promise<string> {
  const path = join(folder, "qemu");
  await writeFile(path, `#!/bin/sh\necho called >> ${join(folder, "calls")}\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

describe("the boot sector", () => {
  it("enters long mode, uses SSE and ends with the right sum under TCG", () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "sector"), bootSector());
      const result = await runOnce("tcg", { qemuPath: "qemu-system-x86_64", folder, signal });
      assert.equal(result.outcome, "finished", JSON.stringify(result));
      assert(result.loopSeconds > 0 && result.loopSeconds < result.totalSeconds);
    }));

  it("does not finish on a machine with a wrong sum", () =>
    inFolder(async (folder) => {
      const sector = bootSector();
      // One more round of the loop than the compared sum requires.
      sector.writeUInt32LE(20_000_001, sector.indexOf(Buffer.from([0xb9, 0x00, 0x2d])) + 1);
      await writeFile(join(folder, "sector"), sector);
      const result = await runOnce("tcg", { qemuPath: "qemu-system-x86_64", folder, signal });
      assert(result.outcome === "died");
      assert.equal(result.how, "ended with exit code 43");
    }));
});

describe("chooseAccelerator", () => {
  it("does not touch KVM if TCG is requested", () =>
    inFolder(async (folder) => {
      const choice = await chooseAccelerator("tcg", optionsIn(folder));
      assert.deepEqual([choice.accelerator, choice.cpuModel], ["tcg", "Nehalem"]);
      assert.deepEqual(await readdir(folder), []);
    }));

  it("chooses the winner of the benchmark, and says why", () =>
    inFolder(async (folder) => {
      const { accelerator, cpuModel, reason } = await chooseAccelerator("auto", optionsIn(folder));
      assert.equal(cpuModel, accelerator === "kvm" ? "host" : "Nehalem");
      assert.match(reason, /proved itself|There is no \/dev\/kvm|\/dev\/kvm is there, but/);
    }));

  it("says that /dev/kvm is absent", () =>
    inFolder(async (folder) => {
      const cache = join(folder, "cache");
      const wrapper = inNamespace("mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3");
      const said = await wholeOutput(
        startScript("../accelerator/choose-in-process.ts", ["auto", cache], wrapper),
      );
      assert.match(said, /"accelerator":"tcg".*There is no \/dev\/kvm/);
    }));

  it("says why a device that is not KVM fails", () =>
    inFolder(async (folder) => {
      const cache = join(folder, "cache");
      const wrapper = inNamespace(
        "mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/kvm c 1 3",
      );
      const said = await wholeOutput(
        startScript("../accelerator/choose-in-process.ts", ["auto", cache], wrapper),
      );
      assert.match(said, /"accelerator":"tcg".*QEMU does not run under it.*exit code 1 \(.*kvm/i);
    }));

  it("names group and command to a user without access to /dev/kvm, and saves no verdict", () =>
    inFolder(async (folder) => {
      await chmod(folder, 0o777);
      const cache = join(folder, "cache");
      for (const mode of ["600", "660"]) {
        const wrapper = [
          ...inNamespace(
            "mount -t tmpfs -o mode=755 tmpfs /dev && mknod -m 666 /dev/null c 1 3 && " +
              `mknod -m ${mode} /dev/kvm c 10 232 && chgrp 12 /dev/kvm && ${openWay()}`,
          ),
          ...["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"],
        ];
        const said = await wholeOutput(
          startScript("../accelerator/choose-in-process.ts", ["auto", cache], wrapper),
        );
        assert.match(said, /"accelerator":"tcg".*group `kvm`: run `sudo usermod -aG kvm \$USER`/);
        assert.equal(/chgrp kvm/.test(said), mode === "600");
      }
      assert.deepEqual(await readdir(folder), []);
    }));

  it("fails if KVM is required and unusable", () =>
    inFolder(async (folder) => {
      const cache = join(folder, "cache");
      const wrapper = inNamespace("mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3");
      const said = await wholeOutput(
        startScript("../accelerator/choose-in-process.ts", ["kvm", cache], wrapper),
      );
      assert.match(
        said,
        /There is no \/dev\/kvm.*set `machine\.accelerator`.*\[host\.kvm-unusable\]/,
      );
    }));

  it("runs the benchmark once per boot, and again for another QEMU", () =>
    inFolder(async (folder) => {
      await requireDevice();
      const qemuPath = await makeQemu(folder, "echo no such thing >&2; exit 1");
      const options = { ...optionsIn(folder), qemuPath };
      const calls = async () =>
        (await readFile(join(folder, "calls"), "utf8")).trim().split("\n").length;
      const first = await chooseAccelerator("auto", options);
      assert.match(first.reason, /exit code 1 \("no such thing"\)/);
      assert.deepEqual(await chooseAccelerator("auto", options), first);
      assert.equal(await calls(), 1);
      await chooseAccelerator("auto", { ...options, qemuVersion: "other" });
      assert.equal(await calls(), 2);
      const file = verdictFile(options.cacheDirectory);
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace(/"bootId":"[^"]*"/, '"bootId":"another"'));
      await chooseAccelerator("auto", { ...options, qemuVersion: "other" });
      assert.equal(await calls(), 3);
      await writeFile(file, "{");
      await chooseAccelerator("auto", { ...options, qemuVersion: "other" });
      assert.equal(await calls(), 4);
      await deleteVerdict(options.cacheDirectory);
      await chooseAccelerator("auto", { ...options, qemuVersion: "other" });
      assert.equal(await calls(), 5);
    }));

  it("uses a verdict that an install saved", () =>
    inFolder(async (folder) => {
      await requireDevice();
      const options = optionsIn(folder);
      const verdict = { accelerator: "tcg", reason: "A guest showed no sign of life." } as const;
      await saveVerdict(verdict, options);
      assert.deepEqual(await chooseAccelerator("auto", options), {
        ...verdict,
        cpuModel: "Nehalem",
      });
      await assert.rejects(chooseAccelerator("kvm", options), {
        code: "host.kvm-unusable",
        message: /no sign of life\..*accelerator-\d+\.json/,
      });
    }));

  it("can be cancelled during the benchmark, and saves no verdict", () =>
    inFolder(async (folder) => {
      await requireDevice();
      const qemuPath = await makeQemu(folder, "exec sleep 1000");
      const controller = new AbortController();
      const options = { ...optionsIn(folder), qemuPath, signal: controller.signal };
      const work = chooseAccelerator("auto", options);
      setTimeout(() => controller.abort(), 100);
      await assert.rejects(work, { code: "build.cancelled" });
      assert.equal(await readVerdict(options), undefined);
    }));

  it("chooses KVM, with the host's processor, if it is faster", () =>
    inFolder(async (folder) => {
      await requireDevice();
      // Test machines have no working KVM, so the test uses a wrapper that is fast with KVM.
      const script =
        'case "$*" in *tcg*) printf S; sleep 0.5;; *) printf S;; esac; printf E; exit 85';
      const qemuPath = await makeQemu(folder, script);
      const { accelerator, cpuModel, reason } = await chooseAccelerator("kvm", {
        ...optionsIn(folder),
        qemuPath,
      });
      assert.deepEqual([accelerator, cpuModel], ["kvm", "host"]);
      assert.match(reason, /KVM proved itself: its test loop took \d+ ms and TCG \d+ ms/);
    }));

  it("leaves no temporary files", () =>
    inFolder(async (folder) => {
      const before = process.env.TMPDIR;
      process.env.TMPDIR = folder;
      try {
        await benchmark("/bin/false", signal);
        assert.deepEqual(await readdir(folder), []);
      } finally {
        if (before === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = before;
      }
    }));
});

describe("saveVerdict", () => {
  it("never shows an incomplete file to a concurrent reader", () =>
    inFolder(async (folder) => {
      const options = { cacheDirectory: join(folder, "cache"), qemuVersion: "1" };
      await mkdir(options.cacheDirectory);
      const verdict = { accelerator: "kvm", reason: "x".repeat(100_000) } as const;
      await Promise.all(Array.from({ length: 20 }, () => saveVerdict(verdict, options)));
      assert.deepEqual(await readVerdict(options), verdict);
      assert.equal((await readdir(options.cacheDirectory)).length, 1);
    }));
});

/**
 * Without /dev/kvm no race takes place, so these rules are tested only on machines that have the device, working or
 * not.
 */
async function requireDevice(): Promise<void> {
  assert(
    (await readdir("/dev")).includes("kvm"),
    "This test needs a /dev/kvm, whatever it is worth.",
  );
}
