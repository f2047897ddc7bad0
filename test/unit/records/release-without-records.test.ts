import assert from "node:assert/strict";
import type { MarkerState } from "../../../provider/plan/record";
import type { ReleaseScope } from "../../../provider/records/scope";
import { directoryRecords } from "../../../provider/targets/directory/records";
import { addPublication, claimHead, readRecord } from "../../../provider/records/record";
import { setMarker, readMarkers } from "../../../provider/records/markers";
import { release } from "../../../provider/records/release";
import type { RecordStore } from "../../../provider/targets/record-store";
import {
  memoryPlace,
  memoryTarget,
  withRecords,
  type MemoryPlace,
  type MemoryTarget,
} from "../agent/memory-target";
import { entryOf, head, installKey, publicationAt, signal } from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();
const time = "2026-01-01T00:00:00.000Z";
let web: MemoryPlace;
let bucket: MemoryTarget;
let cache: RecordStore;

/** An image at a web server and in a bucket, owned by `me`; only the bucket and the cache keep records. */
const prepare = async () => {
  web = memoryPlace("https://web/images");
  bucket = memoryTarget("bucket", folder());
  cache = directoryRecords(`${folder()}/cache`, "the local cache");
  for (const target of [web, bucket]) target.there.add(publicationAt(target.id).uri);
  for (const store of [bucket.records, cache]) {
    await recorded(store);
    await own(store, "me", "live");
  }
};

async function recorded(store: RecordStore): Promise<void> {
  await claimHead(store, head, signal);
  for (const { id } of [web, bucket]) {
    await addPublication(store, installKey, entryOf(publicationAt(id)), signal);
  }
}
const own = (store: RecordStore, instance: string, state: MarkerState) =>
  setMarker(store, installKey, { instance, state, owner: `urn:${instance}`, time }, signal);
const releaseAs = (scope: Partial<ReleaseScope>, instance = "me", publications = [web.id]) =>
  release(
    { installKey, instance, publications: publications.map((id) => publicationAt(id)) },
    { targets: [web], scope: "all", cacheRecords: cache, remainingTargets: [], ...scope },
    signal,
  );
const namesIn = async (store: RecordStore): Promise<string[]> =>
  (await readMarkers(store, installKey, signal)).map((it) => `${it.instance} ${it.state}`).sort();

describe("release at a target without records", () => {
  beforeEach(prepare);

  describe("that is the only target", () => {
    it("removes the publications and the cache's record when no other owner is on this machine", async () => {
      const { removed, kept } = await releaseAs({});
      assert.deepEqual([removed.map(({ target }) => target), kept], [[web.id], []]);
      assert.equal(web.there.size, 0);
      assert.deepEqual(await cache.list(".stylus-image/", signal), []);
    });

    it("removes publications that only the cache's record lists", async () => {
      await releaseAs({}, "me", []);
      assert.deepEqual(web.removed, [publicationAt(web.id).uri]);
    });

    it("removes publications that only the outputs list", async () => {
      for (const path of await cache.list(".stylus-image/", signal)) {
        await cache.remove(path, signal);
      }
      await releaseAs({});
      assert.deepEqual(web.removed, [publicationAt(web.id).uri]);
    });

    for (const state of ["live", "pending", "previous"] as const) {
      it(`keeps them for another stack on this machine with a ${state} marker, and removes them with that stack`, async () => {
        await own(cache, "you", state);
        const { removed, kept } = await releaseAs({});
        assert.deepEqual(removed, []);
        assert.deepEqual(
          kept.map(({ target, owners }) => [target, owners.map(({ owner }) => owner)]),
          [[web.id, ["urn:you"]]],
        );
        assert.equal(web.there.size, 1);
        assert.deepEqual(await namesIn(cache), [`you ${state}`]);
        await releaseAs({}, "you", []);
        assert.equal(web.there.size, 0);
        assert.deepEqual(await cache.list(".stylus-image/", signal), []);
      });
    }

    it("removes everything when two owners release at the same time", async () => {
      await own(cache, "you", "live");
      await Promise.all([releaseAs({}), releaseAs({}, "you")]);
      assert.equal(web.there.size, 0);
    });

    it("does nothing when repeated", async () => {
      await releaseAs({});
      const again = await releaseAs({}, "me", []);
      assert.deepEqual([again.removed, again.kept, again.left], [[], [], []]);
      assert.deepEqual((await releaseAs({})).kept, []);
    });
  });

  describe("beside a target that keeps records", () => {
    it("removes the publications at both, although the record at the other target lists them", async () => {
      for (const targets of [
        [bucket, web],
        [web, bucket],
      ]) {
        await releaseAs({ targets }, "me", []);
        assert.deepEqual([web.there.size, bucket.there.size], [0, 0]);
        assert.deepEqual(await bucket.records.list(".stylus-image/", signal), []);
        for (const target of targets) target.there.add(publicationAt(target.id).uri);
        for (const store of [bucket.records, cache]) await recorded(store);
      }
    });

    it("keeps the publications at both for an owner that only the other target's record lists", async () => {
      await own(bucket.records, "you", "live");
      const { removed, kept } = await releaseAs({ targets: [web, bucket] });
      assert.deepEqual(removed, []);
      assert.deepEqual(
        kept.map(({ target }) => target),
        [web.id, bucket.id],
      );
      assert.deepEqual([web.there.size, bucket.there.size], [1, 1]);
      assert.deepEqual(await namesIn(bucket.records), ["you live"]);
      assert.equal((await readRecord(bucket.records, installKey, signal)).publications.length, 2);
    });

    it("removes nothing when a record cannot be read, and can be repeated", async () => {
      const list = (): Promise<never> => Promise.reject(new Error("no answer"));
      const silent = withRecords(bucket, { ...bucket.records, list });
      await assert.rejects(releaseAs({ targets: [web, silent] }), /no answer/);
      assert.deepEqual([web.removed, bucket.removed], [[], []]);
      assert.deepEqual(await namesIn(cache), ["me live"]);
    });

    it("restores the markers when a removal fails", async () => {
      const remove = (): Promise<never> => Promise.reject(new Error("no route"));
      await assert.rejects(releaseAs({ targets: [{ ...web, remove }, bucket] }), /no route/);
      for (const store of [bucket.records, cache]) {
        assert.deepEqual(await namesIn(store), ["me live"]);
      }
      assert.equal(bucket.there.size, 1);
      await releaseAs({ targets: [web, bucket] });
      assert.deepEqual([web.there.size, bucket.there.size], [0, 0]);
    });

    it("stops when another owner adopts the image meanwhile", async () => {
      const second = publicationAt(web.id, "qcow2");
      web.there.add(second.uri);
      await addPublication(bucket.records, installKey, entryOf(second), signal);
      const remove: MemoryPlace["remove"] = async (publication, abort) => {
        const result = await web.remove(publication, abort);
        await own(bucket.records, "you", "pending");
        return result;
      };
      const { removed, kept } = await releaseAs({ targets: [{ ...web, remove }, bucket] });
      assert.equal(removed.length, 1);
      assert.equal(web.there.size, 1);
      assert.deepEqual(
        kept.map(({ target }) => target),
        [web.id, bucket.id],
      );
    });
  });

  describe("that an update no longer publishes to", () => {
    const drop = () => releaseAs({ scope: "listed", remainingTargets: [bucket] });

    it("removes its publications and their record entries, although the owner keeps the image elsewhere", async () => {
      await drop();
      assert.deepEqual([web.there.size, bucket.there.size], [0, 1]);
      for (const store of [bucket.records, cache]) {
        assert.deepEqual(await namesIn(store), ["me live"]);
        const { publications } = await readRecord(store, installKey, signal);
        assert.deepEqual(
          publications.map(({ target }) => target),
          [bucket.id],
        );
      }
    });

    it("keeps them for an owner that the record of a remaining target lists", async () => {
      await own(bucket.records, "you", "live");
      const { kept } = await drop();
      assert.equal(web.there.size, 1);
      assert.deepEqual(
        kept.map(({ owners }) => owners.map(({ instance }) => instance)),
        [["you"]],
      );
    });

    it("keeps them for an owner that only the cache's record lists", async () => {
      await own(cache, "you", "live");
      await drop();
      assert.equal(web.there.size, 1);
    });
  });
});
