import assert from "node:assert/strict";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { StylusError } from "../../../provider/base/errors";
import { confirmCachedDisk, intactCachedDisk } from "../../../provider/agent/cached-base-disk";
import { recordStores, type KeyedBuild } from "../../../provider/agent/context";
import { diskDigest } from "../../../provider/agent/disk-digest";
import type { Inventory } from "../../../provider/agent/inventory";
import { proveImage } from "../../../provider/agent/prove-image";
import type { AgentEvent } from "../../../provider/plan/events";
import type { Proof, Proven } from "../../../provider/plan/proof";
import { readProofs } from "../../../provider/records/proofs";
import { describeCachedDisk, diskPath, type BaseDisk } from "../../../provider/system/cached-disk";
import { memoryTarget } from "./memory-target";
import { buildFor, contentDigest, head, installKey, signal, stateWith } from "./samples";
import { temporaryFolder } from "./temporary-folder";

const folder = temporaryFolder();
let events: AgentEvent[];
let boots: number;
const prepare = (): void => {
  events = [];
  boots = 0;
};

const proof = (proven: Proven): Proof => ({ contentDigest, proven, recipe: "1", time: "before" });
const structure = proof({ kind: "structure" });
const boot = proof({ kind: "boot" });

function buildWith(plan: object = {}, proveDisk = (): Promise<void> => Promise.resolve()) {
  const keyed = buildFor({ folder: folder(), targets: [memoryTarget("a", folder())], events });
  const build: KeyedBuild = {
    ...keyed,
    plan: { ...keyed.plan, ...plan },
    proveDisk: () => {
      boots += 1;
      return proveDisk();
    },
  };
  return build;
}
const image = (proofs: readonly Proof[], more: Partial<Inventory> = {}): Inventory => ({
  ...{ head, present: [], undeployed: [], unchecked: [], complete: true, sources: [], proofs },
  ...more,
});
const recorded = async (build: KeyedBuild): Promise<string[][]> =>
  Promise.all(
    recordStores(build).map(async (store) =>
      (await readProofs(store, installKey, signal)).map(({ proven }) => proven.kind).sort(),
    ),
  );
const warnings = (): string[] =>
  events.flatMap((it) => (it.type === "log" && it.level === "warning" ? [it.message] : []));
const isNoDisk = (error: unknown): boolean =>
  error instanceof StylusError && error.code === "verify.no-disk";

/** A disk of 1 MiB in the cache. */
async function cachedDisk(build: KeyedBuild): Promise<BaseDisk> {
  const path = diskPath(build.workspace, installKey);
  await mkdir(build.workspace.disk(installKey), { recursive: true });
  await writeFile(path, "content");
  await truncate(path, 1048576);
  const { contentDigest: content, stamp } = await diskDigest(build, path);
  const disk = {
    ...{ path, contentDigest: content, virtualSizeBytes: 1048576 },
    stamp: stamp?.text,
  };
  await describeCachedDisk(build.workspace, installKey, disk);
  return disk;
}

describe("proveImage", () => {
  beforeEach(prepare);

  const expecting = { verify: { boot: true, expect: "login", artifacts: "structure" } };

  it("boots nothing if the records show what is asked for, and copies the proofs to every record", async () => {
    const build = buildWith();
    await proveImage(build, image([structure, boot]));
    assert.equal(boots, 0);
    assert.deepEqual(await recorded(build), [
      ["boot", "structure"],
      ["boot", "structure"],
    ]);
  });
  it("takes the word of the resource's own outputs", async () => {
    const verified = { structure: true, boot: true, expect: [], artifacts: [] };
    const build = buildWith({ existing: { ...stateWith([]), verified } });
    await proveImage(build, image([]));
    assert.equal(boots, 0);
    assert.deepEqual(await recorded(build), [[], []]);
  });
  it("refuses an image that was made without a boot if there is no disk to boot", async () => {
    const build = buildWith();
    await assert.rejects(proveImage(build, image([structure])), isNoDisk);
    assert.deepEqual(await recorded(build), [[], []]);
  });
  it("boots the disk that an artifact is made from, and records it", async () => {
    const build = buildWith(expecting);
    const disk = { ...(await cachedDisk(build)), contentDigest };
    const proven = await proveImage(build, image([structure], { disk }));
    assert.equal(boots, 1);
    assert.deepEqual((await recorded(build))[0], ["boot", "expect", "structure"]);
    await proveImage(build, proven);
    assert.equal(boots, 1);
  });
  it("records nothing if the boot fails", async () => {
    const build = buildWith({}, () => Promise.reject(new Error("no boot")));
    const disk = { ...(await cachedDisk(build)), contentDigest };
    await assert.rejects(proveImage(build, image([structure], { disk })), /no boot/);
    assert.deepEqual(await recorded(build), [[], []]);
  });

  describe("of an earlier version, which recorded no proofs", () => {
    it("is used as it is, with a warning, if nothing is made from its disk", async () => {
      await proveImage(buildWith(), image([]));
      assert.equal(boots, 0);
      assert.match(warnings().join(), /not recorded that the image was ever booted/);
    });
    it("is booted if something is made from its disk", async () => {
      const build = buildWith();
      const disk = { ...(await cachedDisk(build)), contentDigest };
      await proveImage(build, image([], { disk }));
      assert.equal(boots, 1);
    });
    it("is refused for an expression, or a `verify` that changed, if there is no disk to boot", async () => {
      await assert.rejects(proveImage(buildWith(expecting), image([])), isNoDisk);
      await assert.rejects(proveImage(buildWith({ verifyChanged: true }), image([])), isNoDisk);
    });
  });
});

describe("confirmCachedDisk", () => {
  beforeEach(prepare);

  it("accepts a disk that is as it was found, and one that was only touched", async () => {
    const build = buildWith();
    const disk = await cachedDisk(build);
    await confirmCachedDisk(build, disk);
    await writeFile(disk.path, "content", { flag: "r+" });
    await confirmCachedDisk(build, disk);
    assert.equal((await intactCachedDisk(build))?.contentDigest, disk.contentDigest);
    assert.deepEqual(warnings(), []);
  });
  it("refuses a disk that changed, and removes it", async () => {
    const build = buildWith();
    const disk = await cachedDisk(build);
    await writeFile(disk.path, "CONTENT", { flag: "r+" });
    await assert.rejects(confirmCachedDisk(build, disk), /changed while artifacts were made/);
    assert.equal(await intactCachedDisk(build), undefined);
  });
});
