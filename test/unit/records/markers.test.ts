import assert from "node:assert/strict";
import type { Marker } from "../../../provider/plan/record";
import {
  extendMarker,
  listMarkers,
  readMarkers,
  rewriteMarker,
  setMarker,
} from "../../../provider/records/markers";
import { directoryRecords } from "../../../provider/targets/directory/records";
import type { RecordStore } from "../../../provider/targets/record-store";
import { installKey, signal } from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();

const marker = (state: Marker["state"], targets?: readonly string[]): Marker => ({
  instance: "me",
  owner: "urn",
  time: "2026-01-01T00:00:00.000Z",
  state,
  targets,
});

/** A store that fails if the owner has no marker after a removal. */
function watched(): RecordStore {
  const store = directoryRecords(folder(), "a folder");
  return {
    ...store,
    async remove(path, removing) {
      await store.remove(path, removing);
      assert.notDeepEqual(await listMarkers(store, installKey, signal), []);
    },
  };
}

const markersIn = async (store: RecordStore) =>
  (await readMarkers(store, installKey, signal)).map(({ state, targets }) => [state, targets]);

describe("The targets of a marker", () => {
  for (const state of ["live", "pending", "previous"] as const) {
    it(`are changed while the owner has a marker (${state})`, async () => {
      const store = watched();
      await setMarker(store, installKey, marker(state, ["a"]), signal);
      await rewriteMarker(store, installKey, marker(state, ["b"]), signal);
      assert.deepEqual(await markersIn(store), [[state, ["b"]]]);
    });
  }

  it("are added to those of the other markers of the owner", async () => {
    const store = watched();
    await setMarker(store, installKey, marker("live", ["a"]), signal);
    await rewriteMarker(store, installKey, marker("pending", ["a", "b"]), signal);
    await extendMarker(store, installKey, marker("live", ["c"]), signal);
    assert.deepEqual(await markersIn(store), [["live", ["a", "b", "c"]]]);
  });

  it("stay all targets if a marker of an earlier version names none", async () => {
    const store = watched();
    await setMarker(store, installKey, marker("live"), signal);
    await extendMarker(store, installKey, marker("live", ["a"]), signal);
    assert.deepEqual(await markersIn(store), [["live", undefined]]);
  });
});
