import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { recordPaths, type Head } from "../../../../provider/plan/record";
import { directoryRecords } from "../../../../provider/targets/directory/records";
import { addPublication, claimHead } from "../../../../provider/records/record";
import { findImage } from "../../../../provider/resource/image/get";
import { readOutputs } from "../../../../provider/resource/image/outputs";
import { unknownValue } from "../../../../provider/schema/parse";
import { startUploadServer, type UploadServer } from "../../../servers/upload-server";
import { digest, entryOf, head, installKey, publicationAt, signal } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";
import { heardCall } from "../samples";

const folder = temporaryFolder();
const images = () => join(folder(), "images");
const file = () => join(images(), "edge-111111111111", "edge.raw");
const published = () => ({
  ...publicationAt("directory:as/it/was/called"),
  uri: pathToFileURL(file()).href,
});

/** A record at `images` that another program wrote. */
async function recorded(one: Head = head): Promise<void> {
  const store = directoryRecords(images(), "images");
  await claimHead(store, one, signal);
  await addPublication(store, one.installKey, entryOf(published()), signal);
  await mkdir(join(file(), ".."), { recursive: true });
  await writeFile(file(), "x");
  await writeFile(join(images(), ".stylus-image", "machine.json"), "{}");
}

const find = (id: string, publishTo: unknown = [{ type: "directory", path: "images" }]) => {
  const context = { rootDirectory: folder(), cacheDirectory: join(folder(), "cache") };
  return findImage(heardCall(), { id, outputs: { publishTo } }, context);
};
const id = `edge-${installKey.slice(0, 12)}`;

describe("findImage", () => {
  it("reads outputs from the record, with the target IDs of this program", async () => {
    await recorded();
    const found = await find(id);
    assert.equal(found.id, id);
    const outputs = readOutputs(found.outputs);
    assert.equal(outputs.installKey, installKey);
    assert.equal(outputs.instance, "");
    const { uri } = published();
    assert.deepEqual(outputs.artifacts, [{ ...published(), target: "directory:images", url: uri }]);
    assert.deepEqual([outputs.pending, outputs.missing], [[], []]);
  });

  it("returns the URL that the report has in the folder now, or none", async () => {
    await recorded();
    assert.equal(readOutputs((await find(id)).outputs).reportUrl, undefined);
    const url = "file:///images/edge-111111111111/edge-report-222222222222.html";
    const entry = {
      target: "directory:images",
      uri: url,
      url,
      sizeBytes: 1,
      mediaType: "text/html",
    };
    const text = JSON.stringify({ ...entry, artifactKey: digest("2") });
    const store = directoryRecords(images(), "images");
    await store.create(recordPaths.report(head), text, signal);
    const now = pathToFileURL(join(images(), ...url.split("/").slice(-2))).href;
    assert.equal(readOutputs((await find(id)).outputs).reportUrl, now);
  });

  it("lists artifacts in the order of the targets", async () => {
    const store = directoryRecords(images(), "images");
    const elsewhere = ["s3://b", "s3://a"].map((target) => publicationAt(target));
    for (const one of elsewhere) await addPublication(store, installKey, entryOf(one), signal);
    await recorded();
    const { artifacts } = readOutputs((await find(id)).outputs);
    assert.deepEqual(
      artifacts.map(({ target }) => target),
      ["directory:images", "s3://a", "s3://b"],
    );
  });

  describe("at a web server, which keeps no records", () => {
    let server: UploadServer;
    beforeEach(async () => {
      server = await startUploadServer();
      server.files.set("/images/edge-111111111111/edge.raw", Buffer.from("x"));
    });
    afterEach(() => server.stop());
    const web = () => ({ type: "http", url: `${server.origin}/images` });
    const onWeb = () => ({
      ...publicationAt(web().url),
      uri: `${web().url}/edge-111111111111/edge.raw`,
      url: `${web().url}/edge-111111111111/edge.raw`,
    });

    it("finds it by the record of a folder", async () => {
      await recorded();
      const store = directoryRecords(images(), "images");
      await addPublication(store, installKey, entryOf(onWeb()), signal);
      const publishTo = [web(), { type: "directory", path: "images" }];
      const { artifacts, missing } = readOutputs((await find(id, publishTo)).outputs);
      assert.deepEqual(
        artifacts.map(({ target }) => target),
        [web().url, "directory:images"],
      );
      assert.deepEqual(missing, []);
    });

    it("finds it by the cache of the machine that published it if there is no other record", async () => {
      const cache = directoryRecords(join(folder(), "cache"), "the local cache");
      await claimHead(cache, head, signal);
      await addPublication(cache, installKey, entryOf(onWeb()), signal);
      const { artifacts } = readOutputs((await find(id, [web()])).outputs);
      assert.deepEqual(artifacts, [{ ...onWeb(), url: onWeb().uri }]);
      const publicUrl = "https://cdn.example";
      const read = readOutputs((await find(id, [{ ...web(), publicUrl }])).outputs);
      assert.equal(read.artifacts[0]?.url, `${publicUrl}/edge-111111111111/edge.raw`);
    });

    it("has the URL according to the target's spec", async () => {
      const cache = directoryRecords(join(folder(), "cache"), "the local cache");
      await claimHead(cache, head, signal);
      await addPublication(cache, installKey, entryOf(onWeb()), signal);
      const inside = { ...web(), publicUrl: "http://inside/{key}" };
      const { artifacts } = readOutputs((await find(id, [inside])).outputs);
      assert.equal(artifacts[0]?.url, "http://inside/edge-111111111111/edge.raw");
    });

    it("names the stores without a record", async () => {
      await assert.rejects(find(id, [web()]), /the local cache: has no such record/);
    });
  });

  it("finds it by the full install key, and under any name", async () => {
    await recorded();
    for (const other of [installKey, `another-name-${installKey.slice(0, 12)}`]) {
      assert.equal((await find(other)).outputs["installKey"], installKey);
    }
  });

  it("requires the full key if 12 digits match two images", async () => {
    const twin = installKey.slice(0, 12) + "2".repeat(52);
    await recorded();
    await recorded({ ...head, installKey: twin });
    await assert.rejects(
      find(id),
      /2 images[^]*the full install key[^]*\n {2}[12]{64}: was installed/,
    );
    assert.equal((await find(twin)).outputs["installKey"], twin);
  });

  const refused: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    [
      "there is no record",
      () => find(`edge-${digest("2").slice(0, 12)}`),
      /directory:images: has no/,
    ],
    ["the ID is invalid", () => find("edge"), /"edge" is not the ID.*\[input\.invalid\]/],
    ["there is no target", () => find(id, []), /\n {2}publishTo: /],
    [
      "a target is invalid",
      () => find(id, [{ type: "directory" }]),
      /\n {2}publishTo\[0\]\.path: /,
    ],
  ];
  for (const [what, ask, text] of refused) {
    it(`fails if ${what}`, async () => {
      await recorded();
      await assert.rejects(ask(), (error) => error instanceof Error && text.test(error.message));
    });
  }

  it("fails if only the record exists", async () => {
    await recorded();
    await rm(file());
    await assert.rejects(
      find(id),
      /has a record, but all its artifacts are gone.*\[record\.not-found\]/,
    );
  });

  it("finds it at one target if another fails, and names the failed one if none has it", async () => {
    await recorded();
    const damaged = join(folder(), "damaged", ".stylus-image", installKey);
    await mkdir(damaged, { recursive: true });
    await writeFile(join(damaged, "head.json"), "{");
    const targets = ["damaged", "images"].map((path) => ({ type: "directory", path }));
    assert.equal((await find(id, targets)).outputs["installKey"], installKey);
    await rm(images(), { recursive: true });
    await assert.rejects(
      find(id, targets),
      /directory:damaged: could not be read: .*cannot be parsed[^]*\n {2}directory:images: has no such record/,
    );
  });

  it("returns unknown inputs unchanged", async () => {
    const publishTo = [{ type: "directory", path: unknownValue }];
    assert.deepEqual(await find(id, publishTo), { id, outputs: { publishTo } });
  });
});
