import { directoryTargetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import { directoryTarget } from "../../../../provider/targets/directory/target";
import { isListedFor, isPublishedAt } from "../../../../provider/targets/target";
import { pathsOf, pathsOfUri } from "../../../../provider/targets/directory/layout";
import { publicationAt } from "../../agent/samples";

describe("places in a directory", () => {
  it("have a target id that is the user's own path, the same on every machine", () => {
    const id = (path: string) => directoryTargetId({ path });
    assert.equal(id("images"), "directory:images");
    assert.equal(id("./images/"), "directory:images");
    assert.equal(id("a/../b//c"), "directory:b/c");
    assert.equal(id("/srv/images/"), "directory:/srv/images");
    assert.equal(id("../out"), "directory:../out");
    assert.equal(id("/"), "directory:/");
  });

  it("are one folder an image and one file an artifact", () => {
    const paths = pathsOf("/srv", "edge-1/edge-2.raw");
    assert.equal(paths.path, "/srv/edge-1/edge-2.raw");
    assert.equal(paths.partial, "/srv/edge-1/.edge-2.raw.partial");
    assert.equal(paths.sidecar, "/srv/.stylus-image/files/edge-1/edge-2.raw.json");
  });

  it("never lie outside the directory, nor among the records", () => {
    for (const name of ["a", "../b", "a/..", "a/b/c", "/b", ".stylus-image/x", "a/.b", "a/"]) {
      assert.throws(() => pathsOf("/srv", name), /is not a valid name/, name);
    }
  });

  it("are found again from a URI that another machine wrote", () => {
    const { paths, publishedRoot } = pathsOfUri("/here", "file:///over/there/edge%20x/f.raw");
    assert.equal(paths.path, "/here/edge x/f.raw");
    assert.equal(publishedRoot, "/over/there");
  });

  it("lie in their directory only by their path, and are listed for it by its name too", () => {
    const options = { rootDirectory: "/project", cacheDirectory: "/nowhere" };
    const target = directoryTarget({ type: "directory", path: "images" }, options);
    const at = (id: string, uri: string) => ({ ...publicationAt(id), uri });
    const rows: readonly (readonly [string, string, boolean, boolean])[] = [
      ["directory:images", "file:///another/project/images/edge-1/edge-2.raw", false, true],
      ["directory:images", "file:///project/images/edge-1/edge-2.raw", true, true],
      ["directory:/project/images", "file:///project/images/edge-1/edge-2.raw", true, true],
      ["directory:/other", "file:///other/edge-1/edge-2.raw", false, false],
      ["s3://images", "s3://images/edge-1/edge-2.raw", false, false],
    ];
    for (const [id, uri, lies, isListed] of rows) {
      assert.equal(isPublishedAt(target, at(id, uri)), lies, uri);
      assert.equal(isListedFor(target, at(id, uri)), isListed, uri);
    }
  });
});
