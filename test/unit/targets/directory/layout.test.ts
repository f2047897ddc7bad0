import { directoryTargetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import { directoryTarget } from "../../../../provider/targets/directory/target";
import { isPublishedAt } from "../../../../provider/targets/target";
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

  it("belong to their directory by whatever path it was named when it was written", () => {
    const options = { rootDirectory: "/project", cacheDirectory: "/nowhere" };
    const target = directoryTarget({ type: "directory", path: "images" }, options);
    const at = (id: string, uri: string) => ({ ...publicationAt(id), uri });
    const rows: readonly (readonly [string, string, boolean])[] = [
      ["directory:images", "file:///on/another/machine/edge-1/edge-2.raw", true],
      ["directory:/project/images", "file:///project/images/edge-1/edge-2.raw", true],
      ["directory:/other", "file:///other/edge-1/edge-2.raw", false],
      ["s3://images", "s3://images/edge-1/edge-2.raw", false],
    ];
    for (const [id, uri, held] of rows) assert.equal(isPublishedAt(target, at(id, uri)), held, uri);
  });
});
