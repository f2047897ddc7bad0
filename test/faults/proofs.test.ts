import assert from "node:assert/strict";
import { execa } from "execa";
import { copyFile, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageInput } from "../../provider/schema/image";
import { countQemu, type QemuCounter } from "../e2e/qemu-counter";
import { assertFailed, assertSucceeded } from "./evidence";
import { shortStall } from "./failures";
import { filesBelow, makePlace, removePlace, type Place } from "./place";
import { startBackground } from "./pool";
import { agentProcess, eventually, everythingEnded, findProcess } from "./processes";
import { logsOf, startBuild, type StartedBuild } from "./start-build";

const unbooted: Partial<ImageInput> = { formats: ["qcow2"], verify: { boot: false } };
const booted: Partial<ImageInput> = { formats: ["qcow2"] };

/** Each test goes on with what the ones before it left. */
describe("The proof of an image", () => {
  let place: Place;
  let qemu: QemuCounter;

  before(startBackground);
  before(async () => {
    [place, qemu] = [await makePlace(), await countQemu()];
  });
  after(async () => {
    await qemu.remove();
    await removePlace(place);
  });

  const start = (input: Partial<ImageInput>): StartedBuild =>
    startBuild(place, input, { path: [qemu.folder] });
  const starts = async (): Promise<readonly [installs: number, boots: number]> => [
    await qemu.installs(),
    await qemu.verifications(),
  ];
  /** Eight other bytes in a block of the disk that holds data. */
  const damage = async (disk: string): Promise<void> => {
    const { stdout } = await execa("qemu-img", ["map", "-U", "--output=json", "-f", "raw", disk]);
    const extents = JSON.parse(stdout) as { start: number; length: number; data: boolean }[];
    const largest = extents.filter(({ data }) => data).sort((a, b) => b.length - a.length)[0];
    const file = await open(disk, "r+");
    await file.write(Buffer.from("DAMAGED!"), 0, 8, largest!.start + largest!.length / 2);
    await file.close();
  };

  it("is made by a boot of the base disk in the cache, for whoever asks for it first", async () => {
    assertSucceeded(await start(unbooted).ended);
    assert.deepEqual(await starts(), [1, 0]);
    const { verified } = assertSucceeded(await start(booted).ended);
    assert.deepEqual(verified, { structure: true, boot: true, expect: [], artifacts: [] });
    assert.deepEqual(await starts(), [1, 1]);
    assertSucceeded(await start(booted).ended);
    assert.deepEqual(await starts(), [1, 1]);
  });

  it("is made of an expression on another machine, by a boot of the restored disk", async () => {
    const cache = await mkdtemp(join(tmpdir(), "faults-cache-"));
    const elsewhere = { ...place, cache };
    const expecting = (expect: string): StartedBuild =>
      startBuild(
        elsewhere,
        { ...booted, verify: { expect }, timeouts: { stall: shortStall } },
        { path: [qemu.folder] },
      );
    try {
      const right = expecting("system is up \\(COS_ACTIVE\\)");
      assert.equal(assertSucceeded(await right.ended).verified?.expect.length, 1);
      assert.match(logsOf(right, "info").join("\n"), /The base disk is restored from file:/);
      assert.deepEqual(await starts(), [1, 2]);
      assertFailed(await expecting("all units are active").ended, "verify.unexpected-console");
      assert.deepEqual(await starts(), [1, 3]);
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  });

  it("is made of a published artifact itself if `verify.artifacts` asks for it later, once", async () => {
    const each = { ...booted, verify: { artifacts: "boot" as const } };
    const { artifacts, verified } = assertSucceeded(await start(each).ended);
    assert.deepEqual(
      verified?.artifacts,
      artifacts.map(({ artifactKey }) => artifactKey),
    );
    assert.deepEqual(await starts(), [1, 4]);
    assertSucceeded(await start(each).ended);
    assert.deepEqual(await starts(), [1, 4]);
  });

  it("is not that of a disk which was damaged in the cache: the published one is used", async () => {
    const disk = (await filesBelow(join(place.cache, "disks"))).find((it) => it.endsWith(".raw"));
    const sound = join(place.folder, "sound.raw");
    await copyFile(disk!, sound);
    await damage(disk!);
    const build = start({ formats: ["qcow2", "raw"] });
    const { artifacts } = assertSucceeded(await build.ended);
    assert.match(logsOf(build, "warning").join("\n"), /base disk in the cache is damaged/);
    const raw = artifacts.find(({ format }) => format === "raw");
    const published = new URL(raw!.uri).pathname;
    await execa("qemu-img", ["compare", "-f", "raw", "-F", "raw", sound, published]);
    assert.deepEqual(await starts(), [1, 4]);
  });

  it("is not made of the disk of a killed build that was changed since: it is installed again", async () => {
    const another = { ...booted, triggers: ["another image"] };
    const build = start(another);
    const marked = async (): Promise<string | undefined> =>
      (await filesBelow(join(place.cache, "builds"))).find((it) => it.endsWith("installed.json"));
    await eventually("the disk has passed its check", async () => (await marked()) !== undefined);
    const marker = await marked();
    process.kill((await findProcess(place, agentProcess)).pid, "SIGKILL");
    assertFailed(await build.ended, "host.agent-died");
    await everythingEnded(place);
    await damage(join(marker!, "..", "disk.raw"));
    const [installs] = await starts();
    assertSucceeded(await start(another).ended);
    assert.equal(await qemu.installs(), installs + 1);
  });
});
