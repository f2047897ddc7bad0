import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import type { ReleaseScope } from "../../../provider/records/scope";
import { directoryRecords } from "../../../provider/targets/directory/records";
import {
  addPublication,
  addRequest,
  claimHead,
  readRecord,
  readRequest,
} from "../../../provider/records/record";
import { setMarker, readMarkers } from "../../../provider/records/markers";
import { removeClaim, release } from "../../../provider/records/release";
import type { RecordStore } from "../../../provider/targets/record-store";
import type { Target } from "../../../provider/targets/target";
import { memoryTarget, type MemoryTarget, withRecords } from "../agent/memory-target";
import {
  bareHead,
  digest,
  entryOf,
  head,
  installKey,
  publicationAt,
  signal,
} from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();
let a: MemoryTarget;
let b: MemoryTarget;
let cache: RecordStore;

/** An image at two targets, each with the whole record, owned by `me`. */
const prepare = async () => {
  a = memoryTarget("a", folder());
  b = memoryTarget("b", folder());
  cache = directoryRecords(`${folder()}/cache`, "the local cache");
  for (const { uri } of everything()) (uri.includes("directory:a") ? a : b).there.add(uri);
  for (const store of [a.records, b.records, cache]) {
    await claimHead(store, head, signal);
    for (const it of everything()) await addPublication(store, installKey, entryOf(it), signal);
    await addRequest(store, digest("f"), { installKey, installerSha256: digest("c") }, signal);
    await own(store, "me", "live");
  }
};

const everything = () =>
  ["directory:a", "directory:b"].flatMap((id) => [
    publicationAt(id, "raw"),
    publicationAt(id, "qcow2"),
  ]);
const own = (store: RecordStore, instance: string, state: "pending" | "live" | "previous") =>
  setMarker(
    store,
    installKey,
    { instance, state, owner: `urn:${instance}`, time: "2026-01-01T00:00:00.000Z" },
    signal,
  );
const releaseMine = (
  targets: readonly Target[],
  scope: ReleaseScope["scope"] = "listed",
  remainingTargets: readonly Target[] = [],
) =>
  release(
    { installKey, instance: "me", publications: everything() },
    { targets, scope, cacheRecords: cache, remainingTargets },
    signal,
  );

describe("release", () => {
  beforeEach(prepare);

  it("removes artifacts, record and requests when no owner is left", async () => {
    const { removed, kept } = await releaseMine([a, b], "all");
    assert.deepEqual(
      new Set(removed.map(({ uri }) => uri)),
      new Set(everything().map(({ uri }) => uri)),
    );
    assert.deepEqual(kept, []);
    assert.deepEqual([a.there.size, b.there.size], [0, 0]);
    for (const store of [a.records, b.records, cache]) {
      assert.deepEqual(await store.list(".stylus-image/", signal), [], store.id);
    }
    assert.deepEqual(
      (await readdir(folder())).filter((name) => name === ".stylus-image"),
      [],
    );
  });

  it("removes both heads of an image that was installed after its ISO was made", async () => {
    for (const store of [a.records, b.records, cache]) await claimHead(store, bareHead, signal);
    await releaseMine([a, b], "all");
    for (const store of [a.records, b.records, cache]) {
      assert.deepEqual(await store.list(".stylus-image/", signal), [], store.id);
    }
  });

  for (const state of ["live", "pending", "previous"] as const) {
    it(`keeps everything for another owner with a ${state} marker, and names that owner`, async () => {
      for (const store of [a.records, b.records, cache]) await own(store, "you", state);
      const { removed, kept } = await releaseMine([a, b], "all");
      assert.deepEqual(removed, []);
      assert.deepEqual(
        kept.map(({ target, owners }) => [target, owners.map(({ owner }) => owner)]),
        [
          ["directory:a", ["urn:you"]],
          ["directory:b", ["urn:you"]],
        ],
      );
      for (const store of [a.records, b.records, cache]) {
        const {
          head: foundHead,
          publications,
          markers,
        } = await readRecord(store, installKey, signal);
        assert.deepEqual(foundHead, head);
        assert.equal(publications.length, 4);
        assert.deepEqual(
          markers.map(({ instance }) => instance),
          ["you"],
        );
        assert.notEqual(await readRequest(store, digest("f"), signal), undefined);
      }
    });
  }

  it("reads the markers of at most ten owners", async () => {
    for (let i = 0; i < 50; i++) await own(a.records, `you-${i}`, "live");
    let reads = 0;
    const records: RecordStore = {
      ...a.records,
      read: (path, abort) => {
        reads += 1;
        return a.records.read(path, abort);
      },
    };
    const { kept } = await releaseMine([withRecords(a, records)]);
    assert.equal(kept[0]?.owners.length, 10);
    assert.equal(reads, 10);
  });

  it("decides about each target by the record at that target", async () => {
    await own(b.records, "you", "live");
    const { kept } = await releaseMine([a, b], "all");
    assert.deepEqual(
      kept.map(({ target }) => target),
      ["directory:b"],
    );
    assert.deepEqual([a.there.size, b.there.size], [0, 2]);
  });

  it("removes artifacts only at the listed targets, and keeps the cache's record", async () => {
    await releaseMine([a]);
    assert.deepEqual([a.there.size, b.there.size], [0, 2]);
    assert.deepEqual(
      (await readMarkers(cache, installKey, signal)).map(({ instance }) => instance),
      ["me"],
    );
    assert.equal((await readRecord(b.records, installKey, signal)).publications.length, 4);
  });

  it("removes the publications in the owner's outputs when the record is lost", async () => {
    for (const path of await a.records.list(".stylus-image/", signal))
      await a.records.remove(path, signal);
    const { removed } = await releaseMine([a]);
    assert.deepEqual(
      removed.map(({ uri }) => uri),
      everything()
        .slice(0, 2)
        .map(({ uri }) => uri),
    );
  });

  it("removes publications that only the record lists", async () => {
    const scope = {
      targets: [a],
      scope: "listed",
      cacheRecords: cache,
      remainingTargets: [],
    } as const;
    await release({ installKey, instance: "me", publications: [] }, scope, signal);
    assert.equal(a.there.size, 0);
  });

  it("removes the publications of a folder that was published under another spelling of its path", async () => {
    const named = memoryTarget("./a", folder());
    for (const uri of a.there) named.there.add(uri);
    const { removed } = await releaseMine([named]);
    assert.deepEqual(
      removed.map(({ target }) => target),
      [named.id, named.id],
    );
    assert.equal(named.there.size, 0);
  });

  it("removes each publication once", async () => {
    await releaseMine([a]);
    assert.equal(a.removed.length, new Set(a.removed).size);
  });

  it("stops when another owner adopts the image meanwhile", async () => {
    const adopted: Target = {
      ...a,
      remove: async (publication, abort) => {
        const result = await a.remove(publication, abort);
        await own(a.records, "you", "pending");
        return result;
      },
    };
    const { removed, kept } = await releaseMine([adopted]);
    assert.equal(removed.length, 1);
    assert.deepEqual(
      kept.map(({ owners }) => owners.map(({ instance }) => instance)),
      [["you"]],
    );
    assert.deepEqual((await readRecord(a.records, installKey, signal)).head, head);
  });

  it("removes the head last, so that a concurrent reader finds a complete record", async () => {
    const order: string[] = [];
    const records: RecordStore = {
      ...a.records,
      remove: async (path, abort) => {
        order.push(path);
        await a.records.remove(path, abort);
      },
    };
    await releaseMine([withRecords(a, records)]);
    assert.match(order.at(-1) ?? "", /head\.json$/);
    assert.equal(order.filter((path) => path.endsWith("head.json")).length, 1);
  });

  it("keeps the requests of other images", async () => {
    const leads = { installKey: digest("2"), installerSha256: digest("c") };
    await addRequest(a.records, digest("0"), leads, signal);
    await releaseMine([a]);
    assert.deepEqual(await readRequest(a.records, digest("0"), signal), leads);
  });

  it("can be repeated", async () => {
    const ids = { [a.id]: "id of a", [b.id]: "id of b" };
    const targets = [a, b].map((target): Target => {
      const readId = () => Promise.resolve(ids[target.id]);
      const place = { kind: "files", readId, ensureId: readId } as const;
      return { ...target, capabilities: { ...target.capabilities, place } };
    });
    const scope = { targets, scope: "all", cacheRecords: cache, remainingTargets: [] } as const;
    const mine = { installKey, instance: "me", publications: everything(), places: ids };
    assert.equal((await release(mine, scope, signal)).removed.length, 4);
    const { removed, absent, kept } = await release(mine, scope, signal);
    assert.deepEqual([removed.length, absent.length, kept.length], [0, 4, 0]);
  });
});

describe("abandon", () => {
  beforeEach(prepare);

  it("removes a pending marker, and keeps live ones and the rest of the record", async () => {
    await own(a.records, "other", "pending");
    await removeClaim(a.records, installKey, "other", signal);
    await removeClaim(a.records, installKey, "me", signal);
    const { head: left, publications, markers } = await readRecord(a.records, installKey, signal);
    const instances = markers.map(({ instance }) => instance);
    assert.deepEqual([left, publications.length, instances], [head, 4, ["me"]]);
  });

  it("removes a record without publications", async () => {
    const empty = memoryTarget("empty", folder()).records;
    await claimHead(empty, head, signal);
    await own(empty, "me", "pending");
    await removeClaim(empty, installKey, "me", signal);
    assert.deepEqual(await empty.list(".stylus-image/", signal), []);
  });

  it("keeps an empty record that another owner claims", async () => {
    const empty = memoryTarget("empty", folder()).records;
    await claimHead(empty, head, signal);
    await own(empty, "you", "pending");
    await removeClaim(empty, installKey, "me", signal);
    assert.deepEqual((await readRecord(empty, installKey, signal)).head, head);
  });
});
