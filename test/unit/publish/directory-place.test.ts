import assert from "node:assert/strict";
import { directoryTargetId, placeOf, placeOfUri } from "../../../provider/publish/directory-place";

describe("places in a directory", () => {
  it("have a target id that is the user's own path, the same on every machine", () => {
    const id = (path: string) => directoryTargetId({ type: "directory", path });
    assert.equal(id("images"), "directory:images");
    assert.equal(id("./images/"), "directory:images");
    assert.equal(id("a/../b//c"), "directory:b/c");
    assert.equal(id("/srv/images/"), "directory:/srv/images");
    assert.equal(id("../out"), "directory:../out");
    assert.equal(id("/"), "directory:/");
  });

  it("are one folder an image and one file an artifact", () => {
    const place = placeOf("/srv", "edge-1/edge-2.raw");
    assert.equal(place.path, "/srv/edge-1/edge-2.raw");
    assert.equal(place.partial, "/srv/edge-1/.edge-2.raw.partial");
    assert.equal(place.note, "/srv/.stylus-image/files/edge-1/edge-2.raw.json");
  });

  it("never lie outside the directory, nor among the records", () => {
    for (const name of ["a", "../b", "a/..", "a/b/c", "/b", ".stylus-image/x", "a/.b", "a/"]) {
      assert.throws(() => placeOf("/srv", name), /is no name of a publication/, name);
    }
  });

  it("are found again from a URI that another machine wrote", () => {
    const { place, writtenRoot } = placeOfUri("/here", "file:///over/there/edge%20x/f.raw");
    assert.equal(place.path, "/here/edge x/f.raw");
    assert.equal(writtenRoot, "/over/there");
  });
});
