import assert from "node:assert/strict";
import { setMarker, readMarkers } from "../../../../provider/records/markers";
import { makePending } from "../../../../provider/resource/image/unsaved-instance";
import { directoryRecords } from "../../../../provider/targets/directory/records";
import { installKey, signal } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();

describe("makePending", () => {
  it("changes the live markers of the instance, and of no other, in the targets and the cache", async () => {
    const context = { rootDirectory: folder(), cacheDirectory: `${folder()}/cache` };
    const stores = [`${folder()}/images`, context.cacheDirectory].map((path) =>
      directoryRecords(path, path),
    );
    for (const store of stores) {
      for (const instance of ["me", "you"]) {
        const marker = { instance, owner: "urn", time: "2026-01-01T00:00:00.000Z" };
        await setMarker(store, installKey, { ...marker, state: "live" }, signal);
      }
    }
    await makePending("me", [{ type: "directory", path: "images" }], context);
    for (const store of stores) {
      const markers = await readMarkers(store, installKey, signal);
      assert.deepEqual(markers.map(({ instance, state }) => `${instance} ${state}`).sort(), [
        "me pending",
        "you live",
      ]);
    }
  });
});
