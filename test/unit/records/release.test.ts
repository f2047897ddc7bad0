import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import type { Departure } from "../../../provider/records/scope";
import { directoryRecords } from "../../../provider/targets/directory/records";
import {
  addPublication,
  addRequest,
  claimHead,
  readRecord,
  readRequest,
} from "../../../provider/records/record";
import { mark, readMarkers } from "../../../provider/records/markers";
import { abandon, release } from "../../../provider/records/release";
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
  mark(
    store,
    installKey,
    { instance, state, owner: `urn:${instance}`, time: "2026-01-01T00:00:00.000Z" },
    signal,
  );
const give = (
  targets: readonly Target[],
  leaves: Departure["leaves"] = "these targets",
  stays: readonly Target[] = [],
) =>
  release(
    { installKey, instance: "me", publications: everything() },
    { targets, leaves, cacheRecords: cache, stays },
    signal,
  );

describe("release", () => {
  beforeEach(prepare);

  it("removes what nobody owns any more: artifacts, record and requests", async () => {
    const { removed, kept } = await give([a, b], "everything");
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
    await give([a, b], "everything");
    for (const store of [a.records, b.records, cache]) {
      assert.deepEqual(await store.list(".stylus-image/", signal), [], store.id);
    }
  });

  for (const state of ["live", "pending", "previous"] as const) {
    it(`keeps everything for another owner whose marker is ${state}, and says for whom`, async () => {
      for (const store of [a.records, b.records, cache]) await own(store, "you", state);
      const { removed, kept } = await give([a, b], "everything");
      assert.deepEqual(removed, []);
      assert.deepEqual(
        kept.map(({ target, owners }) => [target, owners.map(({ owner }) => owner)]),
        [
          ["directory:a", ["urn:you"]],
          ["directory:b", ["urn:you"]],
        ],
      );
      for (const store of [a.records, b.records, cache]) {
        const { head: kept_, publications, markers } = await readRecord(store, installKey, signal);
        assert.deepEqual(kept_, head);
        assert.equal(publications.length, 4);
        assert.deepEqual(
          markers.map(({ instance }) => instance),
          ["you"],
        );
        assert.notEqual(await readRequest(store, digest("f"), signal), undefined);
      }
    });
  }

  it("does not read the markers of hundreds of owners", async () => {
    for (let i = 0; i < 50; i++) await own(a.records, `you-${i}`, "live");
    let reads = 0;
    const records: RecordStore = {
      ...a.records,
      read: (path, abort) => {
        reads += 1;
        return a.records.read(path, abort);
      },
    };
    const { kept } = await give([withRecords(a, records)]);
    assert.equal(kept[0]?.owners.length, 10);
    assert.equal(reads, 10);
  });

  it("decides at each target by that target's own record", async () => {
    await own(b.records, "you", "live");
    const { kept } = await give([a, b], "everything");
    assert.deepEqual(
      kept.map(({ target }) => target),
      ["directory:b"],
    );
    assert.deepEqual([a.there.size, b.there.size], [0, 2]);
  });

  it("removes only what is at the targets that it leaves, and leaves the cache's record alone", async () => {
    await give([a]);
    assert.deepEqual([a.there.size, b.there.size], [0, 2]);
    assert.deepEqual(
      (await readMarkers(cache, installKey, signal)).map(({ instance }) => instance),
      ["me"],
    );
    assert.equal((await readRecord(b.records, installKey, signal)).publications.length, 4);
  });

  it("removes what the owner knows of, where the record is lost", async () => {
    for (const path of await a.records.list(".stylus-image/", signal))
      await a.records.remove(path, signal);
    const { removed } = await give([a]);
    assert.deepEqual(
      removed.map(({ uri }) => uri),
      everything()
        .slice(0, 2)
        .map(({ uri }) => uri),
    );
  });

  it("removes what only the record knows of", async () => {
    const departure = {
      targets: [a],
      leaves: "these targets",
      cacheRecords: cache,
      stays: [],
    } as const;
    await release({ installKey, instance: "me", publications: [] }, departure, signal);
    assert.equal(a.there.size, 0);
  });

  it("removes what lies in a folder under another spelling of its name", async () => {
    const named = memoryTarget("./a", folder());
    for (const uri of a.there) named.there.add(uri);
    const { removed } = await give([named]);
    assert.deepEqual(
      removed.map(({ target }) => target),
      [named.id, named.id],
    );
    assert.equal(named.there.size, 0);
  });

  it("removes nothing twice", async () => {
    await give([a]);
    assert.equal(a.removed.length, new Set(a.removed).size);
  });

  it("stops where somebody adopts the image in between", async () => {
    const adopted: Target = {
      ...a,
      remove: async (publication, abort) => {
        await a.remove(publication, abort);
        await own(a.records, "you", "pending");
      },
    };
    const { removed, kept } = await give([adopted]);
    assert.equal(removed.length, 1);
    assert.deepEqual(
      kept.map(({ owners }) => owners.map(({ instance }) => instance)),
      [["you"]],
    );
    assert.deepEqual((await readRecord(a.records, installKey, signal)).head, head);
  });

  it("removes the head last, so that a reader before that finds a whole record", async () => {
    const order: string[] = [];
    const records: RecordStore = {
      ...a.records,
      remove: async (path, abort) => {
        order.push(path);
        await a.records.remove(path, abort);
      },
    };
    await give([withRecords(a, records)]);
    assert.match(order.at(-1) ?? "", /head\.json$/);
    assert.equal(order.filter((path) => path.endsWith("head.json")).length, 1);
  });

  it("leaves another image's request alone", async () => {
    const leads = { installKey: digest("2"), installerSha256: digest("c") };
    await addRequest(a.records, digest("0"), leads, signal);
    await give([a]);
    assert.deepEqual(await readRequest(a.records, digest("0"), signal), leads);
  });

  it("can be done again", async () => {
    await give([a, b], "everything");
    assert.deepEqual((await give([a, b], "everything")).kept, []);
  });
});

describe("abandon", () => {
  beforeEach(prepare);

  it("takes a pending claim back, and leaves a live one and what the record leads to", async () => {
    await own(a.records, "other", "pending");
    await abandon(a.records, installKey, "other", signal);
    await abandon(a.records, installKey, "me", signal);
    const { head: left, publications, markers } = await readRecord(a.records, installKey, signal);
    const instances = markers.map(({ instance }) => instance);
    assert.deepEqual([left, publications.length, instances], [head, 4, ["me"]]);
  });

  it("removes a record that leads to nothing", async () => {
    const empty = memoryTarget("empty", folder()).records;
    await claimHead(empty, head, signal);
    await own(empty, "me", "pending");
    await abandon(empty, installKey, "me", signal);
    assert.deepEqual(await empty.list(".stylus-image/", signal), []);
  });

  it("leaves an empty record that somebody else claims", async () => {
    const empty = memoryTarget("empty", folder()).records;
    await claimHead(empty, head, signal);
    await own(empty, "you", "pending");
    await abandon(empty, installKey, "me", signal);
    assert.deepEqual((await readRecord(empty, installKey, signal)).head, head);
  });
});
