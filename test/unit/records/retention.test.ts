import assert from "node:assert/strict";
import { ownerTag, type MarkerState } from "../../../provider/plan/record";
import type { ReleaseScope } from "../../../provider/records/scope";
import { directoryRecords } from "../../../provider/targets/directory/records";
import { endOwnership } from "../../../provider/records/end-ownership";
import { markPrevious, sweepPrevious } from "../../../provider/records/retention";
import { addPublication, claimHead } from "../../../provider/records/record";
import { setMarker, readMarkers } from "../../../provider/records/markers";
import type { RecordStore } from "../../../provider/targets/record-store";
import {
  memoryPlace,
  memoryTarget,
  withRecords,
  type MemoryPlace,
  type MemoryTarget,
} from "../agent/memory-target";
import { digest, entryOf, head, publicationAt, signal } from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();
const me = "urn:me";
let target: MemoryTarget;
let cache: RecordStore;
const prepare = () => {
  target = memoryTarget("a", folder());
  cache = directoryRecords(`${folder()}/cache`, "the local cache");
};

const everywhere = (): ReleaseScope => ({
  targets: [target],
  scope: "all",
  cacheRecords: cache,
  remainingTargets: [],
});

const letters = ["1", "2", "3", "4"] as const;
const instanceOf = (letter: string, owner = me): string => `${ownerTag(owner)}-${letter}`;
const artifactOf = (letter: string) => publicationAt(target.id, "raw", digest(letter));

/** An image with one artifact and one owner; a later letter means a later time. */
async function image(letter: string, state: MarkerState, owner = me): Promise<void> {
  const key = digest(letter);
  target.there.add(artifactOf(letter).uri);
  for (const store of [target.records, cache]) {
    await claimHead(store, { ...head, installKey: key }, signal);
    await addPublication(store, key, entryOf(artifactOf(letter)), signal);
    const time = `2026-01-0${letter}T00:00:00.000Z`;
    await setMarker(
      store,
      key,
      { instance: instanceOf(letter, owner), owner, time, state },
      signal,
    );
  }
}

async function statesIn(store: RecordStore): Promise<string[]> {
  const states: string[] = [];
  for (const letter of letters) {
    for (const { owner, state } of await readMarkers(store, digest(letter), signal)) {
      states.push(`${letter} ${owner} ${state}`);
    }
  }
  return states;
}
const published = (): string[] =>
  letters.filter((letter) => target.there.has(artifactOf(letter).uri));
const current = { installKey: digest("3"), owner: me, instance: instanceOf("3") };

describe("markPrevious", () => {
  beforeEach(prepare);

  it("adds a previous marker with the current time to the owner's other live images", async () => {
    await image("1", "live");
    await image("3", "live");
    await markPrevious(target.records, current, signal);
    assert.deepEqual((await statesIn(target.records)).sort(), [
      "1 urn:me live",
      "1 urn:me previous",
      "3 urn:me live",
    ]);
    const markers = await readMarkers(target.records, digest("1"), signal);
    const marker = markers.find(({ state }) => state === "previous");
    assert.ok(Date.now() - Date.parse(marker?.time ?? "") < 60_000);
  });

  it("removes the previous marker of an image that becomes the current one again", async () => {
    await image("3", "live");
    const former = { instance: instanceOf("0"), owner: me, time: "2026-01-01T00:00:00.000Z" };
    await setMarker(target.records, digest("3"), { ...former, state: "previous" }, signal);
    await markPrevious(target.records, current, signal);
    assert.deepEqual(await statesIn(target.records), ["3 urn:me live"]);
  });

  it("keeps a live marker of the same URN, which may belong to a stack in another backend", async () => {
    await image("3", "live");
    const twin = { instance: instanceOf("0"), owner: me, time: "2026-01-01T00:00:00.000Z" };
    await setMarker(target.records, digest("3"), { ...twin, state: "live" }, signal);
    await markPrevious(target.records, current, signal);
    assert.equal((await statesIn(target.records)).length, 2);
  });

  for (const [what, state, owner] of [
    ["another owner's live image", "live", "urn:you"],
    ["an image that this owner is building", "pending", me],
  ] as const) {
    it(`does not touch ${what}`, async () => {
      await image("1", state, owner);
      await markPrevious(target.records, current, signal);
      assert.deepEqual(await statesIn(target.records), [`1 ${owner} ${state}`]);
    });
  }
});

describe("sweepPrevious", () => {
  beforeEach(prepare);

  it("keeps the newest of one owner, live images and images of other owners", async () => {
    for (const letter of ["1", "2", "3"]) await image(letter, "previous");
    await image("4", "live");
    await image("1", "previous", "urn:you");
    await sweepPrevious(me, 1, everywhere(), signal);
    for (const store of [target.records, cache]) {
      assert.deepEqual(await statesIn(store), [
        "1 urn:you previous",
        "3 urn:me previous",
        "4 urn:me live",
      ]);
    }
    assert.deepEqual(published(), ["1", "3", "4"]);
  });
});

describe("endOwnership", () => {
  beforeEach(prepare);

  const end = (letter: string, keepPrevious: number) =>
    endOwnership(
      {
        installKey: digest(letter),
        instance: instanceOf(letter),
        publications: [artifactOf(letter)],
        keepPrevious,
      },
      everywhere(),
      signal,
    );

  for (const keepPrevious of [0, 2]) {
    it(`keeps a replaced image that its successor marked as previous, with keepPrevious ${keepPrevious}, and names its owner`, async () => {
      await image("1", "live");
      await image("3", "live");
      for (const store of [target.records, cache]) await markPrevious(store, current, signal);
      const { removed, kept } = await end("1", keepPrevious);
      assert.deepEqual(removed, []);
      assert.deepEqual(
        kept.map(({ owners }) => owners.map(({ owner, state }) => `${owner} ${state}`)),
        [["urn:me previous"]],
      );
      assert.deepEqual(published(), ["1", "3"]);
      assert.deepEqual(await statesIn(cache), ["1 urn:me previous", "3 urn:me live"]);
    });
  }

  it("removes a replaced image that is not marked as previous, and keeps the previous ones", async () => {
    await image("1", "previous");
    await image("2", "live");
    await image("3", "live");
    await end("2", 2);
    assert.deepEqual(published(), ["1", "3"]);
  });

  it("removes all previous images with the live one", async () => {
    await image("1", "previous");
    await image("2", "previous");
    await image("3", "live");
    await end("3", 2);
    assert.deepEqual(published(), []);
    for (const store of [target.records, cache]) {
      assert.deepEqual(await store.list(".stylus-image/", signal), []);
    }
  });

  it("removes an image marked as previous when it has no successor", async () => {
    await image("1", "live");
    await markPrevious(target.records, current, signal);
    await end("1", 1);
    assert.deepEqual(published(), []);
  });

  it("lists no other image with keepPrevious 0", async () => {
    await image("1", "live");
    const prefixes: string[] = [];
    const records: RecordStore = {
      ...target.records,
      list: (prefix, abort) => {
        prefixes.push(prefix);
        return target.records.list(prefix, abort);
      },
    };
    const { removed } = await endOwnership(
      { installKey: digest("1"), instance: instanceOf("1"), publications: [], keepPrevious: 0 },
      { ...everywhere(), targets: [withRecords(target, records)], scope: "listed" },
      signal,
    );
    assert.equal(removed.length, 1);
    assert.deepEqual(
      prefixes.filter((prefix) => prefix === ".stylus-image/"),
      [],
    );
  });
});

describe("an owner's previous images at a target without records", () => {
  beforeEach(prepare);

  let web: MemoryPlace;
  beforeEach(() => {
    web = memoryPlace("https://web/images");
  });
  const onWeb = (letter: string) => publicationAt(web.id, "raw", digest(letter));
  const left = (): string[] => letters.filter((letter) => web.there.has(onWeb(letter).uri));
  async function imageAtBoth(letter: string, state: MarkerState, owner = me): Promise<void> {
    await image(letter, state, owner);
    web.there.add(onWeb(letter).uri);
    for (const store of [target.records, cache]) {
      await addPublication(store, digest(letter), entryOf(onWeb(letter)), signal);
    }
  }
  const both = (): ReleaseScope => ({ ...everywhere(), targets: [web, target] });
  const whose = (letter: string, keepPrevious: number) => ({
    installKey: digest(letter),
    instance: instanceOf(letter),
    publications: [onWeb(letter), artifactOf(letter)],
    keepPrevious,
  });

  it("are removed except the newest and those with other owners", async () => {
    for (const letter of ["1", "2", "3"]) await imageAtBoth(letter, "previous");
    await imageAtBoth("1", "previous", "urn:you");
    await imageAtBoth("4", "live");
    await sweepPrevious(me, 1, both(), signal);
    assert.deepEqual(left(), ["1", "3", "4"]);
    assert.deepEqual(published(), ["1", "3", "4"]);
  });

  it("stay when their successor keeps previous images", async () => {
    await imageAtBoth("1", "live");
    await imageAtBoth("3", "live");
    for (const store of [target.records, cache]) await markPrevious(store, current, signal);
    const { removed, kept } = await endOwnership(whose("1", 2), both(), signal);
    assert.deepEqual(removed, []);
    assert.deepEqual(
      kept.map(({ target: id }) => id),
      [web.id, target.id],
    );
    assert.deepEqual(
      [left(), published()],
      [
        ["1", "3"],
        ["1", "3"],
      ],
    );
    for (const store of [target.records, cache]) {
      assert.deepEqual(await statesIn(store), ["1 urn:me previous", "3 urn:me live"]);
    }
  });

  it("are removed with the live one", async () => {
    await imageAtBoth("1", "previous");
    await imageAtBoth("3", "live");
    await endOwnership(whose("3", 2), both(), signal);
    assert.deepEqual([left(), published()], [[], []]);
    for (const store of [target.records, cache]) {
      assert.deepEqual(await store.list(".stylus-image/", signal), []);
    }
  });

  it("are removed from that target only when an update no longer publishes to it", async () => {
    await imageAtBoth("1", "previous");
    await imageAtBoth("3", "live");
    await endOwnership(
      whose("3", 2),
      { ...both(), targets: [web], scope: "listed", remainingTargets: [target] },
      signal,
    );
    assert.deepEqual([left(), published()], [[], ["1", "3"]]);
    assert.deepEqual(await statesIn(target.records), ["1 urn:me previous", "3 urn:me live"]);
  });
});
