import assert from "node:assert/strict";
import type { MarkerState } from "../../../provider/plan/record";
import type { Departure } from "../../../provider/records/scope";
import { directoryRecords } from "../../../provider/targets/directory/records";
import { addPublication, claimHead, readRecord } from "../../../provider/records/record";
import { mark, readMarkers } from "../../../provider/records/markers";
import { release } from "../../../provider/records/release";
import type { RecordStore } from "../../../provider/targets/record-store";
import {
  memoryPlace,
  memoryTarget,
  type MemoryPlace,
  type MemoryTarget,
  withRecords,
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
  mark(store, installKey, { instance, state, owner: `urn:${instance}`, time }, signal);
const give = (departure: Partial<Departure>, instance = "me", publications = [web.id]) =>
  release(
    { installKey, instance, publications: publications.map((id) => publicationAt(id)) },
    { targets: [web], leaves: "everything", cacheRecords: cache, stays: [], ...departure },
    signal,
  );
const namesIn = async (store: RecordStore): Promise<string[]> =>
  (await readMarkers(store, installKey, signal)).map((it) => `${it.instance} ${it.state}`).sort();

describe("release at a target without records", () => {
  beforeEach(prepare);

  describe("that is the only one", () => {
    it("removes what nobody else on this machine owns, and the cache's record", async () => {
      const { removed, kept } = await give({});
      assert.deepEqual([removed.map(({ target }) => target), kept], [[web.id], []]);
      assert.equal(web.there.size, 0);
      assert.deepEqual(await cache.list(".stylus-image/", signal), []);
    });

    it("removes what only the cache's record lists", async () => {
      await give({}, "me", []);
      assert.deepEqual(web.removed, [publicationAt(web.id).uri]);
    });

    it("removes what only the outputs list", async () => {
      for (const path of await cache.list(".stylus-image/", signal)) {
        await cache.remove(path, signal);
      }
      await give({});
      assert.deepEqual(web.removed, [publicationAt(web.id).uri]);
    });

    for (const state of ["live", "pending", "previous"] as const) {
      it(`keeps it for another stack on this machine whose marker is ${state}, and removes it with that one`, async () => {
        await own(cache, "you", state);
        const { removed, kept } = await give({});
        assert.deepEqual(removed, []);
        assert.deepEqual(
          kept.map(({ target, owners }) => [target, owners.map(({ owner }) => owner)]),
          [[web.id, ["urn:you"]]],
        );
        assert.equal(web.there.size, 1);
        assert.deepEqual(await namesIn(cache), [`you ${state}`]);
        await give({}, "you", []);
        assert.equal(web.there.size, 0);
        assert.deepEqual(await cache.list(".stylus-image/", signal), []);
      });
    }

    it("is emptied by the later one of two owners that leave at once", async () => {
      await own(cache, "you", "live");
      await Promise.all([give({}), give({}, "you")]);
      assert.equal(web.there.size, 0);
    });

    it("finds nothing to do a second time", async () => {
      await give({});
      const again = await give({}, "me", []);
      assert.deepEqual(again, { removed: [], kept: [] });
      assert.deepEqual((await give({})).kept, []);
    });
  });

  describe("beside one that keeps records", () => {
    it("removes both, although the record of both goes with the other one", async () => {
      for (const targets of [
        [bucket, web],
        [web, bucket],
      ]) {
        await give({ targets }, "me", []);
        assert.deepEqual([web.there.size, bucket.there.size], [0, 0]);
        assert.deepEqual(await bucket.records.list(".stylus-image/", signal), []);
        for (const target of targets) target.there.add(publicationAt(target.id).uri);
        for (const store of [bucket.records, cache]) await recorded(store);
      }
    });

    it("keeps both for an owner of whom only the other one's record knows", async () => {
      await own(bucket.records, "you", "live");
      const { removed, kept } = await give({ targets: [web, bucket] });
      assert.deepEqual(removed, []);
      assert.deepEqual(
        kept.map(({ target }) => target),
        [web.id, bucket.id],
      );
      assert.deepEqual([web.there.size, bucket.there.size], [1, 1]);
      assert.deepEqual(await namesIn(bucket.records), ["you live"]);
      assert.equal((await readRecord(bucket.records, installKey, signal)).publications.length, 2);
    });

    it("removes nothing when a record cannot be asked, and can be repeated", async () => {
      const list = (): Promise<never> => Promise.reject(new Error("no answer"));
      const silent = withRecords(bucket, { ...bucket.records, list });
      await assert.rejects(give({ targets: [web, silent] }), /no answer/);
      assert.deepEqual([web.removed, bucket.removed], [[], []]);
      assert.deepEqual(await namesIn(cache), ["me live"]);
    });

    it("still says whose the image is after an end that broke off", async () => {
      const remove = (): Promise<never> => Promise.reject(new Error("no route"));
      await assert.rejects(give({ targets: [{ ...web, remove }, bucket] }), /no route/);
      for (const store of [bucket.records, cache]) {
        assert.deepEqual(await namesIn(store), ["me live"]);
      }
      assert.equal(bucket.there.size, 1);
      await give({ targets: [web, bucket] });
      assert.deepEqual([web.there.size, bucket.there.size], [0, 0]);
    });

    it("stops where somebody adopts the image in between", async () => {
      const second = publicationAt(web.id, "qcow2");
      web.there.add(second.uri);
      await addPublication(bucket.records, installKey, entryOf(second), signal);
      const remove: MemoryPlace["remove"] = async (publication, abort) => {
        await web.remove(publication, abort);
        await own(bucket.records, "you", "pending");
      };
      const { removed, kept } = await give({ targets: [{ ...web, remove }, bucket] });
      assert.equal(removed.length, 1);
      assert.equal(web.there.size, 1);
      assert.deepEqual(
        kept.map(({ target }) => target),
        [web.id, bucket.id],
      );
    });
  });

  describe("that an update drops", () => {
    const drop = () => give({ leaves: "these targets", stays: [bucket] });

    it("removes what lies there, although the owner stays elsewhere, and its entries in the records", async () => {
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

    it("keeps it for an owner whom a target knows where the resource stays", async () => {
      await own(bucket.records, "you", "live");
      const { kept } = await drop();
      assert.equal(web.there.size, 1);
      assert.deepEqual(
        kept.map(({ owners }) => owners.map(({ instance }) => instance)),
        [["you"]],
      );
    });

    it("keeps it for an owner whom only the cache knows", async () => {
      await own(cache, "you", "live");
      await drop();
      assert.equal(web.there.size, 1);
    });
  });
});
