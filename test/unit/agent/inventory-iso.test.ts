import assert from "node:assert/strict";
import { buildImage } from "../../../provider/agent/build-image";
import { recordStores, type KeyedBuild } from "../../../provider/agent/context";
import { takeInventory } from "../../../provider/agent/inventory";
import { entryOf as entryOfHead } from "../../../provider/plan/record";
import { addPublication, claimHead, readHead } from "../../../provider/records/record";
import { readMarkers } from "../../../provider/records/markers";
import { imageStateSchema } from "../../../provider/schema/state";
import { memoryTarget, type MemoryTarget } from "./memory-target";
import {
  bareHead,
  buildFor,
  entryOf,
  head,
  installKey,
  isoAt,
  publicationAt,
  signal,
} from "./samples";
import { temporaryFolder } from "./temporary-folder";

const folder = temporaryFolder();
let a: MemoryTarget;
const prepare = () => {
  a = memoryTarget("a", folder());
};
const iso = isoAt("directory:a");
const raw = publicationAt("directory:a", "raw");
const build = (formats: readonly ("iso" | "raw")[] = ["iso"]): KeyedBuild =>
  buildFor({ folder: folder(), targets: [a], formats });

/** The state after another machine made only the ISO of an image. */
async function isoElsewhere(): Promise<void> {
  await claimHead(a.records, bareHead, signal);
  await addPublication(a.records, installKey, entryOfHead(iso, bareHead), signal);
  a.there.add(iso.uri);
}

describe("takeInventory of an image that is an ISO alone", () => {
  beforeEach(prepare);

  it("finds what another machine published, by the folder's record", async () => {
    await isoElsewhere();
    const found = await takeInventory(build());
    assert.deepEqual(found?.head, bareHead);
    assert.deepEqual([found.complete, found.present.map(({ uri }) => uri)], [true, [iso.uri]]);
    assert.deepEqual(found.sources, []);
  });

  it("misses the disk where a further format is asked for, and keeps the ISO", async () => {
    await isoElsewhere();
    const found = await takeInventory(build(["iso", "raw"]));
    assert.deepEqual([found?.complete, found?.present.map(({ uri }) => uri)], [false, [iso.uri]]);
  });

  for (const [what, atTarget, inCache] of [
    ["the cache", bareHead, head],
    ["the target", head, bareHead],
  ] as const) {
    it(`knows of an install that only ${what} knows of, and of what lies there`, async () => {
      const keyed = build(["iso", "raw"]);
      await isoElsewhere();
      await claimHead(a.records, atTarget, signal);
      await claimHead(keyed.cacheRecords, inCache, signal);
      await addPublication(keyed.cacheRecords, installKey, entryOf(raw), signal);
      a.there.add(raw.uri);
      const found = await takeInventory(keyed);
      assert.deepEqual([found?.complete, found?.head], [true, head]);
    });
  }
});

describe("buildImage of an ISO that is published already", () => {
  beforeEach(prepare);

  it("adopts it without an installer and without a disk, and owns it", async () => {
    await isoElsewhere();
    const keyed = build();
    const state = imageStateSchema.parse(await buildImage(keyed, () => undefined));
    assert.deepEqual(state.artifacts, [iso]);
    assert.deepEqual([state.pending, state.contentDigest], [[], undefined]);
    for (const store of recordStores(keyed)) {
      assert.deepEqual(await readHead(store, installKey, signal), bareHead);
      const markers = await readMarkers(store, installKey, signal);
      assert.deepEqual(
        markers.map(({ instance, state: is }) => [instance, is]),
        [["me", "live"]],
      );
    }
  });

  it("removes nothing of an install that its owner published meanwhile on another machine", async () => {
    await isoElsewhere();
    const meanwhile: typeof a.find = async (publication, abort) => {
      await claimHead(a.records, head, signal);
      await addPublication(a.records, installKey, entryOf(raw), signal);
      a.there.add(raw.uri);
      return a.find(publication, abort);
    };
    await buildImage({ ...build(), targets: [{ ...a, find: meanwhile }] }, () => undefined);
    assert.deepEqual(a.removed, []);
    assert.deepEqual(await readHead(a.records, installKey, signal), head);
  });
});
