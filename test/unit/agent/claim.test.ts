import assert from "node:assert/strict";
import { claim } from "../../../provider/agent/claim";
import { finalizeRecord } from "../../../provider/agent/finalize-record";
import { recordStores } from "../../../provider/agent/context";
import { imageState } from "../../../provider/agent/image-state";
import {
  addPublication,
  readHead,
  readRecord,
  readRequest,
} from "../../../provider/records/record";
import { setMarker, readMarkers } from "../../../provider/records/markers";
import type { MarkerState } from "../../../provider/plan/record";
import type { FormatName } from "../../../provider/schema/names";
import { memoryPlace, memoryTarget, type MemoryTarget } from "./memory-target";
import {
  buildFor,
  digest,
  entryOf,
  head,
  installKey,
  publicationAt,
  signal,
  stateWith,
} from "./samples";
import { temporaryFolder } from "./temporary-folder";

const folder = temporaryFolder();
const time = "2026-01-01T00:00:00.000Z";
let a: MemoryTarget;
let b: MemoryTarget;
const prepare = () => {
  a = memoryTarget("a", folder());
  b = memoryTarget("b", folder());
};
const build = (formats: readonly FormatName[] = ["raw"], context: object = {}) =>
  buildFor({ folder: folder(), targets: [a, b], formats, context });

async function markersOf(target: MemoryTarget): Promise<string[]> {
  const markers = await readMarkers(target.records, installKey, signal);
  return markers.map(({ instance, owner, state }) => `${instance} ${owner} ${state}`).sort();
}
const put = (target: MemoryTarget, instance: string, owner: string, state: MarkerState) =>
  setMarker(target.records, installKey, { instance, owner, state, time }, signal);

describe("claim", () => {
  beforeEach(prepare);

  it("writes a pending marker into every record", async () => {
    const keyed = build();
    await claim(keyed);
    for (const store of recordStores(keyed)) {
      const [marker] = await readMarkers(store, installKey, signal);
      assert.deepEqual(
        [marker?.instance, marker?.owner, marker?.state],
        ["me", "urn:me", "pending"],
      );
      assert.ok(Date.now() - Date.parse(marker?.time ?? "") < 60_000);
    }
  });

  it("keeps its own live marker", async () => {
    await put(a, "me", "urn:me", "live");
    await claim(build());
    assert.deepEqual(await markersOf(a), ["me urn:me live"]);
  });

  it("reads no live markers, of which there may be hundreds", async () => {
    await put(a, "other", "urn:other", "live");
    const path = `.stylus-image/${installKey}/owners/other.live.json`;
    await a.records.remove(path, signal);
    await a.records.create(path, "not to be read", signal);
    await claim(build());
  });

  it("replaces the pending marker of a killed run of the same owner", async () => {
    await put(a, "killed", "urn:me", "pending");
    await claim(build());
    assert.deepEqual(await markersOf(a), ["me urn:me pending"]);
  });

  it("keeps pending markers of other command lines, which may be running", async () => {
    await put(a, "cli-2", "cli", "pending");
    await claim(build(["raw"], { owner: "cli", instance: "cli-1" }));
    assert.deepEqual(await markersOf(a), ["cli-1 cli pending", "cli-2 cli pending"]);
  });

  for (const [what, instance, owner, state] of [
    ["another owner's pending marker", "other", "urn:other", "pending"],
    ["another owner's live marker", "other", "urn:other", "live"],
    ["a live marker of the same owner, which a replacement deletes", "old", "urn:me", "live"],
    ["a previous marker of the same owner", "old", "urn:me", "previous"],
  ] as const) {
    it(`does not touch ${what}`, async () => {
      await put(a, instance, owner, state);
      await claim(build());
      assert.deepEqual(await markersOf(a), ["me urn:me pending", `${instance} ${owner} ${state}`]);
    });
  }
});

describe("finalizeRecord", () => {
  beforeEach(prepare);

  const everything = (formats: readonly FormatName[]) =>
    formats.flatMap((format) => [a, b].map(({ id }) => publicationAt(id, format)));

  it("writes the whole record everywhere: head, every publication, request and live marker", async () => {
    const keyed = build();
    const request = { ...keyed, plan: { ...keyed.plan, requestKey: digest("f") } };
    await claim(request);
    await finalizeRecord(request, head, imageState(request, head, everything(["raw"])));
    for (const store of recordStores(request)) {
      const record = await readRecord(store, installKey, signal);
      assert.deepEqual(record.head, head);
      assert.deepEqual(record.publications.map(({ target }) => target).sort(), [a.id, b.id]);
      assert.deepEqual(
        record.markers.map(({ state }) => state),
        ["live"],
      );
      assert.deepEqual(await readRequest(store, digest("f"), signal), {
        installKey,
        installerSha256: head.installerSha256,
      });
    }
  });

  it("never changes an existing head", async () => {
    await claim(build());
    await finalizeRecord(build(), head, imageState(build(), head, everything(["raw"])));
    const other = { ...head, contentDigest: digest("e") };
    await finalizeRecord(build(), other, imageState(build(), other, []));
    assert.deepEqual(await readHead(a.records, installKey, signal), head);
  });

  describe("with a format that this resource no longer asks for", () => {
    const dropped = () => publicationAt(a.id, "qcow2");
    async function settleWithout(target: MemoryTarget): Promise<void> {
      const existing = stateWith([publicationAt(target.id, "raw"), dropped()]);
      for (const { uri } of existing.artifacts) target.there.add(uri);
      const keyed = build(["raw"], { existing });
      for (const store of recordStores(keyed)) {
        await addPublication(store, installKey, entryOf(dropped()), signal);
      }
      await claim(keyed);
      await finalizeRecord(keyed, head, imageState(keyed, head, everything(["raw"])));
    }

    it("removes the artifact, and its entry in every record", async () => {
      await settleWithout(a);
      assert.deepEqual(new Set(a.removed), new Set([dropped().uri]));
      for (const store of recordStores(build())) {
        const { publications } = await readRecord(store, installKey, signal);
        assert.deepEqual(
          publications.map(({ format }) => format),
          ["raw", "raw"],
        );
      }
    });

    for (const state of ["live", "pending", "previous"] as const) {
      it(`keeps the artifact while another owner's marker is ${state}`, async () => {
        await put(a, "other", "urn:other", state);
        await settleWithout(a);
        assert.deepEqual(a.removed, []);
        assert.equal(a.there.has(dropped().uri), true);
      });
    }

    it("decides at each target by that target's own record", async () => {
      await put(b, "other", "urn:other", "live");
      await settleWithout(a);
      assert.deepEqual(new Set(a.removed), new Set([dropped().uri]));
    });
  });

  it("removes artifacts of another install if the image has no other owner", async () => {
    const old = publicationAt(a.id, "raw", digest("e"));
    a.there.add(old.uri);
    await addPublication(a.records, installKey, entryOf(old, digest("e")), signal);
    await claim(build());
    await finalizeRecord(build(), head, imageState(build(), head, everything(["raw"])));
    assert.deepEqual(a.removed, [old.uri]);
  });

  it("keeps formats of the same install that this resource never asked for", async () => {
    const others = publicationAt(a.id, "qcow2");
    a.there.add(others.uri);
    await addPublication(a.records, installKey, entryOf(others), signal);
    await claim(build());
    await finalizeRecord(build(), head, imageState(build(), head, everything(["raw"])));
    assert.deepEqual(a.removed, []);
  });

  describe("with a format at a target without records that this resource no longer asks for", () => {
    const web = () => memoryPlace("https://web/images");
    async function settleWithout(): Promise<string[]> {
      const target = web();
      const dropped = publicationAt(target.id, "qcow2");
      const existing = stateWith([publicationAt(target.id, "raw"), dropped]);
      const one = build(["raw"], { existing });
      const plan = { ...one.plan, destinations: [{ format: "raw", target: target.id } as const] };
      const keyed = { ...one, plan, targets: [a, target] };
      await claim(keyed);
      await finalizeRecord(keyed, head, imageState(keyed, head, [publicationAt(target.id, "raw")]));
      return target.removed;
    }

    it("removes the artifact", async () => {
      assert.deepEqual(await settleWithout(), [publicationAt(web().id, "qcow2").uri]);
    });

    it("keeps the artifact while any record has a marker of another owner", async () => {
      await put(a, "other", "urn:other", "live");
      assert.deepEqual(await settleWithout(), []);
    });
  });
});
