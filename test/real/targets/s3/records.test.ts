import assert from "node:assert/strict";
import { s3Target } from "../../../../provider/targets/s3/target";
import { never } from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { useS3Server } from "./server";

describe("records at S3", () => {
  const server = useS3Server();
  const records = (more = {}) => s3Target(server().spec(more)).capabilities.records;

  it("reads back what was created, below the target's prefix", async () => {
    const store = records();
    assert.equal(store.id, s3Target(server().spec()).id);
    const path = ".stylus-image/key-1/head.json";
    assert.equal(await store.read(path, never), undefined);
    assert.equal(await store.create(path, '{"ä":1}\n', never), "created");
    assert.equal(await store.read(path, never), '{"ä":1}\n');
    assert.equal(await records({ prefix: "" }).read(`images/${path}`, never), '{"ä":1}\n');
  });

  it("never changes a record that is there", async () => {
    const path = ".stylus-image/key-2/head.json";
    assert.equal(await records().create(path, "first", never), "created");
    assert.equal(await records().create(path, "second", never), "exists");
    assert.equal(await records().read(path, never), "first");
  });

  it("lets exactly one of 20 programs create a record", async () => {
    const path = ".stylus-image/key-3/head.json";
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => records().create(path, `${index}`, never)),
    );
    assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
    const winner = outcomes.indexOf("created");
    assert.equal(await records().read(path, never), `${winner}`);
  });

  it("knows its own record after the answer to its creation was lost", async () => {
    const path = ".stylus-image/key-4/head.json";
    const when = ({ method }: { method: string }) => method === "PUT";
    server().proxy.add({ fault: { type: "lose-answer" }, times: 1, when });
    assert.equal(await records().create(path, "mine", never), "created");
    server().proxy.reset();
    server().proxy.add({ fault: { type: "status", status: 500 }, times: 1, when });
    assert.equal(await records().create(path, "theirs", never), "exists");
  });

  it("tries again where the server reports a conflict", async () => {
    const when = ({ method }: { method: string }) => method === "PUT";
    const code = "ConditionalRequestConflict";
    server().proxy.add({ fault: { type: "status", status: 409, code }, times: 2, when });
    assert.equal(await records().create(".stylus-image/key-5/head.json", "x", never), "created");
  });

  it("lists a folder page by page, with full paths", async () => {
    const store = records();
    const made = Array.from(
      { length: 12 },
      (_, index) => `.stylus-image/key-6/owners/o${index}.json`,
    );
    for (const path of made) await store.create(path, "{}", never);
    await store.create(".stylus-image/key-66/owners/other.json", "{}", never);
    const listed = await store.list(".stylus-image/key-6/owners/", never);
    assert.deepEqual(listed.toSorted(), made.toSorted());
    assert.deepEqual(await store.list(".stylus-image/nobody/", never), []);
  });

  it("removes a record, twice without complaint", async () => {
    const path = ".stylus-image/key-7/head.json";
    await records().create(path, "x", never);
    await records().remove(path, never);
    await records().remove(path, never);
    assert.equal(await records().read(path, never), undefined);
    assert.equal(await records().create(path, "y", never), "created");
  });

  it("holds nothing in a bucket that does not exist yet, and cannot be written there", async () => {
    const store = records({ bucket: "not-yet-there" });
    const path = ".stylus-image/key-8/head.json";
    assert.equal(await store.read(path, never), undefined);
    assert.deepEqual(await store.list(".stylus-image/", never), []);
    await store.remove(path, never);
    await assert.rejects(
      store.create(path, "x", never),
      fails("publish.not-found", /aws s3 mb s3:\/\/not-yet-there/),
    );
  });

  it("fails where the server's answer proves nothing", async () => {
    const path = ".stylus-image/key-9/head.json";
    const denied = records({ secretAccessKey: "wrong" });
    await assert.rejects(denied.read(path, never), fails("publish.denied"));
    await assert.rejects(denied.list(".stylus-image/", never), fails("publish.denied"));
    await assert.rejects(denied.create(path, "x", never), fails("publish.denied"));
    await assert.rejects(denied.remove(path, never), fails("publish.denied"));
    const nobody = records({ accessKeyId: "AKIANOBODY" });
    await assert.rejects(nobody.read(path, never), fails("publish.denied"));
    const dead = records({ endpoint: "http://127.0.0.1:9" });
    await assert.rejects(dead.read(path, never), fails("publish.unreachable"));
  });
});
