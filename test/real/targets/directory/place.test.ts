import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { directoryTarget } from "../../../../provider/targets/directory/target";
import type { Place } from "../../../../provider/targets/place";
import { never, useFolder } from "../../../support/artifacts";
import { fails } from "../../../support/failures";

describe("the place of a directory", () => {
  const folder = useFolder();
  const placeAt = (path: string): Place => {
    const context = { rootDirectory: folder(), cacheDirectory: join(folder(), "cache") };
    const { place } = directoryTarget({ type: "directory", path }, context).capabilities;
    assert.ok(place);
    return place;
  };

  it("has no ID before something is published, and asking for it writes nothing", async () => {
    assert.equal(await placeAt("missing").readId(never), undefined);
    await mkdir(join(folder(), "empty"));
    assert.equal(await placeAt("empty").readId(never), undefined);
    assert.equal(await placeAt("missing").marks?.leave(never), undefined);
    assert.deepEqual(await readdir(join(folder(), "empty")), []);
    assert.ok(!(await readdir(folder())).includes("missing"));
  });

  it("keeps the ID that was created first, and two folders have two", async () => {
    const ids = await Promise.all([1, 2, 3].map(() => placeAt("first").ensureId(never)));
    assert.equal(new Set(ids).size, 1);
    assert.equal(await placeAt("first").readId(never), ids[0]);
    assert.notEqual(await placeAt("second").ensureId(never), ids[0]);
  });

  it("has one ID behind a symbolic link, and a copy is told apart by a mark", async () => {
    const id = await placeAt("original").ensureId(never);
    await symlink(join(folder(), "original"), join(folder(), "link"));
    await cp(join(folder(), "original"), join(folder(), "copy"), { recursive: true });
    assert.equal(await placeAt("link").readId(never), id);
    assert.equal(await placeAt("copy").readId(never), id);
    const mark = await placeAt("original").marks?.leave(never);
    assert.ok(mark !== undefined);
    assert.equal(await placeAt("link").marks?.has(mark, never), true);
    assert.equal(await placeAt("copy").marks?.has(mark, never), false);
    await placeAt("link").marks?.remove(mark, never);
    assert.deepEqual(await readdir(join(folder(), "original")), [".stylus-image"]);
  });

  it("says that a damaged ID cannot be read, and does not replace it", async () => {
    await mkdir(join(folder(), "damaged", ".stylus-image"), { recursive: true });
    const file = join(folder(), "damaged", ".stylus-image", "place.json");
    await writeFile(file, "{");
    const refused = fails("record.unreadable", /place\.json/);
    await assert.rejects(placeAt("damaged").readId(never), refused);
    await assert.rejects(placeAt("damaged").ensureId(never), refused);
    assert.equal(await readFile(file, "utf8"), "{");
  });
});
