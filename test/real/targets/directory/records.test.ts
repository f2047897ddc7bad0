import assert from "node:assert/strict";
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { directoryRecords } from "../../../../provider/targets/directory/target";
import type { RecordStore } from "../../../../provider/targets/record-store";
import { never, useFolder } from "../../../support/artifacts";
import { fails } from "../../../support/failures";

describe("records in a directory", () => {
  const folder = useFolder();
  let root = "";
  let store: RecordStore;
  beforeEach(async () => {
    root = join(await mkdtemp(join(folder(), "r-")), "store");
    store = directoryRecords(root, "cache");
  });

  it("creates a record once, reads it back and never changes it", async () => {
    const path = ".stylus-image/key/head.json";
    assert.equal(store.id, "cache");
    assert.equal(await store.read(path, never), undefined);
    assert.equal(await store.create(path, '{"ä":1}\n', never), "created");
    assert.equal(await store.create(path, "other", never), "exists");
    assert.equal(await store.read(path, never), '{"ä":1}\n');
  });

  it("lets exactly one of 20 programs create a record", async () => {
    const path = ".stylus-image/key/head.json";
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        directoryRecords(root, "cache").create(path, `${index}`, never),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
    assert.equal(await store.read(path, never), `${outcomes.indexOf("created")}`);
    assert.deepEqual(await readdir(join(root, ".stylus-image/key")), ["head.json"]);
  });

  it("lists full paths, and no file that is still being written", async () => {
    const made = ["a/owners/1.json", "a/owners/2.json", "a/owners/deep/3.json", "ab/4.json"];
    for (const path of made) await store.create(path, "{}", never);
    await writeFile(join(root, "a/owners/.5.json.partial"), "{");
    assert.deepEqual((await store.list("a/", never)).toSorted(), made.slice(0, 3));
    assert.deepEqual(await store.list("nobody/", never), []);
  });

  it("removes a record and the folders that it leaves empty, twice without complaint", async () => {
    await store.create("a/owners/1.json", "{}", never);
    await store.create("a/head.json", "{}", never);
    await store.remove("a/owners/1.json", never);
    assert.deepEqual(await readdir(join(root, "a")), ["head.json"]);
    await store.remove("a/owners/1.json", never);
    await store.remove("a/head.json", never);
    assert.deepEqual(await readdir(root), []);
  });

  it("survives programs that create and remove in the same folder at once", async () => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        for (let count = 0; count < 10; count += 1) {
          const path = `a/owners/${index}.json`;
          assert.equal(await store.create(path, "{}", never), "created");
          await store.remove(path, never);
        }
      }),
    );
    assert.deepEqual(await store.list("a/", never), []);
  });

  it("fails where it cannot tell", async () => {
    await store.create("a/head.json", "{}", never);
    await assert.rejects(store.read("a", never), fails("publish.failed", /read the record/));
    await assert.rejects(store.create("a/head.json/x", "{}", never), fails("publish.failed"));
    await assert.rejects(
      directoryRecords("/proc/nowhere", "cache").create("a", "x", never),
      fails("publish.failed"),
    );
  });
});
