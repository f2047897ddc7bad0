import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { recordPaths } from "../../../provider/plan/record";
import { directoryRecords } from "../../../provider/targets/directory/records";
import {
  addPublication,
  addRequest,
  claimHead,
  dropPublication,
  readHead,
  readRecord,
  readRequest,
  replaceHead,
  requestsOf,
} from "../../../provider/records/record";
import { mark, readMarkers, unmark } from "../../../provider/records/markers";
import type { RecordStore } from "../../../provider/targets/record-store";
import { StylusError } from "../../../provider/base/errors";
import {
  bareHead,
  digest,
  entryOf,
  head,
  installKey,
  publicationAt,
  signal,
} from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();
let store: RecordStore;
const prepare = () => {
  store = directoryRecords(folder(), "directory:test");
};

const other = { ...head, contentDigest: digest("e") };
const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:a", "qcow2");
const marker = (instance: string, state: "pending" | "live" | "previous") => ({
  instance,
  owner: "urn:me",
  time: "2026-01-01T00:00:00.000Z",
  state,
});

describe("the head of a record", () => {
  beforeEach(prepare);

  it("is not there before somebody claims it", async () => {
    assert.equal(await readHead(store, installKey, signal), undefined);
  });
  it("belongs to who comes first, and the second is told what it is", async () => {
    assert.deepEqual(await claimHead(store, head, signal), head);
    assert.deepEqual(await claimHead(store, other, signal), head);
    assert.deepEqual(await readHead(store, installKey, signal), head);
  });
  it("has one winner among many that race", async () => {
    const rivals = Array.from({ length: 8 }, (_, index) => ({
      ...head,
      contentDigest: digest(String(index)),
    }));
    const heads = await Promise.all(rivals.map((rival) => claimHead(store, rival, signal)));
    assert.equal(new Set(heads.map(({ contentDigest }) => contentDigest)).size, 1);
  });
  it("gives way only where it is replaced on purpose", async () => {
    await claimHead(store, head, signal);
    assert.deepEqual(await replaceHead(store, other, signal), other);
    assert.deepEqual(await readHead(store, installKey, signal), other);
  });
});

describe("the head of an image that is not installed", () => {
  beforeEach(prepare);

  it("is read as long as there is no other, and stays what the first one said", async () => {
    assert.deepEqual(await claimHead(store, bareHead, signal), bareHead);
    const later = { ...bareHead, installerSha256: digest("9") };
    assert.deepEqual(await claimHead(store, later, signal), bareHead);
    assert.deepEqual(await readHead(store, installKey, signal), bareHead);
  });
  it("lies in a file of its own, which an older version does not take for an install", async () => {
    await claimHead(store, bareHead, signal);
    assert.deepEqual(await store.list(`.stylus-image/${installKey}/`, signal), [
      recordPaths.bareHead(installKey),
    ]);
  });
  it("gives way to that of an install, whichever of them came first", async () => {
    await claimHead(store, bareHead, signal);
    assert.deepEqual(await claimHead(store, head, signal), head);
    assert.deepEqual(await claimHead(store, bareHead, signal), bareHead);
    assert.deepEqual(await readHead(store, installKey, signal), head);
  });
  it("is there again where an install's head is lost", async () => {
    for (const it of [bareHead, head]) await claimHead(store, it, signal);
    await store.remove(recordPaths.head(installKey), signal);
    assert.deepEqual(await readHead(store, installKey, signal), bareHead);
  });
});

describe("publications of a record", () => {
  beforeEach(prepare);

  it("are listed, each once, whoever adds them again", async () => {
    for (const it of [raw, qcow2, raw])
      await addPublication(store, installKey, entryOf(it), signal);
    const { publications } = await readRecord(store, installKey, signal);
    assert.deepEqual(new Set(publications.map(({ uri }) => uri)), new Set([raw.uri, qcow2.uri]));
    assert.equal(publications.length, 2);
    assert.deepEqual(publications[0]?.contentDigest, head.contentDigest);
  });
  it("go one by one", async () => {
    for (const it of [raw, qcow2]) await addPublication(store, installKey, entryOf(it), signal);
    await dropPublication(store, installKey, raw, signal);
    await dropPublication(store, installKey, raw, signal);
    const { publications } = await readRecord(store, installKey, signal);
    assert.deepEqual(
      publications.map(({ uri }) => uri),
      [qcow2.uri],
    );
  });
  it("are those of one key only", async () => {
    await addPublication(store, digest("2"), entryOf(raw), signal);
    assert.deepEqual((await readRecord(store, installKey, signal)).publications, []);
  });
});

describe("markers of a record", () => {
  beforeEach(prepare);

  const states = async () => {
    const markers = await readMarkers(store, installKey, signal);
    return markers.map(({ instance, state }) => `${instance} ${state}`).sort();
  };
  for (const [from, to] of [
    ["pending", "live"],
    ["live", "previous"],
    ["previous", "pending"],
  ] as const) {
    it(`go from ${from} to ${to}, and leave one marker`, async () => {
      await mark(store, installKey, marker("me", from), signal);
      await mark(store, installKey, marker("me", to), signal);
      assert.deepEqual(await states(), [`me ${to}`]);
    });
  }
  it("are there in the new state before the old one goes", async () => {
    await mark(store, installKey, marker("me", "pending"), signal);
    const seen: number[] = [];
    const watched: RecordStore = {
      ...store,
      remove: async (path, abort) => {
        seen.push((await readMarkers(store, installKey, signal)).length);
        await store.remove(path, abort);
      },
    };
    await mark(watched, installKey, marker("me", "live"), signal);
    assert.ok(seen.length > 0 && seen.every((count) => count >= 1), seen.join());
  });
  it("are independent of each other", async () => {
    await mark(store, installKey, marker("me", "live"), signal);
    await mark(store, installKey, marker("you", "pending"), signal);
    await unmark(store, installKey, "me", signal);
    assert.deepEqual(await states(), ["you pending"]);
  });
  it("keep owner and time as they were written", async () => {
    await mark(store, installKey, marker("me", "live"), signal);
    assert.deepEqual(await readMarkers(store, installKey, signal), [marker("me", "live")]);
  });
  it("are not what else lies in their folder", async () => {
    await store.create(`${recordPaths.owners(installKey)}README.txt`, "x", signal);
    assert.deepEqual(await states(), []);
  });
});

describe("requests", () => {
  beforeEach(prepare);

  const leads = { installKey, installerSha256: digest("c") };
  it("lead to an image", async () => {
    await addRequest(store, digest("f"), leads, signal);
    assert.deepEqual(await readRequest(store, digest("f"), signal), leads);
    assert.equal(await readRequest(store, digest("0"), signal), undefined);
  });
  it("are found by the image that they lead to", async () => {
    await addRequest(store, digest("f"), leads, signal);
    await addRequest(store, digest("e"), { ...leads, installKey: digest("2") }, signal);
    assert.deepEqual(await requestsOf(store, installKey, signal), [
      recordPaths.request(digest("f")),
    ]);
  });
});

describe("a record that cannot be understood", () => {
  beforeEach(prepare);

  for (const [what, text] of [
    ["no JSON", "{"],
    ["half a head", JSON.stringify({ schemaVersion: 1 })],
    ["another thing", "[]"],
    ["what a newer version wrote", JSON.stringify({ ...head, schemaVersion: 999 })],
  ] as const) {
    it(`is said to be so where a file holds ${what}, and is never taken for none`, async () => {
      const path = join(folder(), recordPaths.head(installKey));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      await assert.rejects(readRecord(store, installKey, signal), (error) => {
        assert.ok(error instanceof StylusError);
        assert.equal(error.code, "record.unreadable");
        assert.match(
          error.message,
          /head\.json at directory:test cannot be understood\. It was damaged.*remove that file/,
        );
        return true;
      });
    });
  }
});
