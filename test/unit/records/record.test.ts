import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { recordPaths } from "../../../provider/plan/record";
import { directoryRecords } from "../../../provider/targets/directory/records";
import {
  addPublication,
  addRequest,
  claimHead,
  removePublication,
  readHead,
  readRecord,
  readRequest,
  replaceHead,
  findRequestPaths,
} from "../../../provider/records/record";
import { setMarker, readMarkers, removeMarkers } from "../../../provider/records/markers";
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

  it("does not exist before it is claimed", async () => {
    assert.equal(await readHead(store, installKey, signal), undefined);
  });
  it("belongs to the first claim, and the second claim gets the first one's head", async () => {
    assert.deepEqual(await claimHead(store, head, signal), head);
    assert.deepEqual(await claimHead(store, other, signal), head);
    assert.deepEqual(await readHead(store, installKey, signal), head);
  });
  it("has one winner among concurrent claims", async () => {
    const rivals = Array.from({ length: 8 }, (_, index) => ({
      ...head,
      contentDigest: digest(String(index)),
    }));
    const heads = await Promise.all(rivals.map((rival) => claimHead(store, rival, signal)));
    assert.equal(new Set(heads.map(({ contentDigest }) => contentDigest)).size, 1);
  });
  it("is replaced only by replaceHead", async () => {
    await claimHead(store, head, signal);
    assert.deepEqual(await replaceHead(store, other, signal), other);
    assert.deepEqual(await readHead(store, installKey, signal), other);
  });
});

describe("the head of an image that is not installed", () => {
  beforeEach(prepare);

  it("is read while there is no other head, and the first claim wins", async () => {
    assert.deepEqual(await claimHead(store, bareHead, signal), bareHead);
    const later = { ...bareHead, installerSha256: digest("9") };
    assert.deepEqual(await claimHead(store, later, signal), bareHead);
    assert.deepEqual(await readHead(store, installKey, signal), bareHead);
  });
  it("is a separate file, which older versions do not mistake for an install", async () => {
    await claimHead(store, bareHead, signal);
    assert.deepEqual(await store.list(`.stylus-image/${installKey}/`, signal), [
      recordPaths.bareHead(installKey),
    ]);
  });
  it("is superseded by the head of an install, in either order", async () => {
    await claimHead(store, bareHead, signal);
    assert.deepEqual(await claimHead(store, head, signal), head);
    assert.deepEqual(await claimHead(store, bareHead, signal), bareHead);
    assert.deepEqual(await readHead(store, installKey, signal), head);
  });
  it("is read again when the head of the install is lost", async () => {
    for (const it of [bareHead, head]) await claimHead(store, it, signal);
    await store.remove(recordPaths.head(installKey), signal);
    assert.deepEqual(await readHead(store, installKey, signal), bareHead);
  });
});

describe("publications of a record", () => {
  beforeEach(prepare);

  it("are listed once each, however often they are added", async () => {
    for (const it of [raw, qcow2, raw])
      await addPublication(store, installKey, entryOf(it), signal);
    const { publications } = await readRecord(store, installKey, signal);
    assert.deepEqual(new Set(publications.map(({ uri }) => uri)), new Set([raw.uri, qcow2.uri]));
    assert.equal(publications.length, 2);
    assert.deepEqual(publications[0]?.contentDigest, head.contentDigest);
  });
  it("are removed one by one", async () => {
    for (const it of [raw, qcow2]) await addPublication(store, installKey, entryOf(it), signal);
    await removePublication(store, installKey, raw, signal);
    await removePublication(store, installKey, raw, signal);
    const { publications } = await readRecord(store, installKey, signal);
    assert.deepEqual(
      publications.map(({ uri }) => uri),
      [qcow2.uri],
    );
  });
  it("belong to one key only", async () => {
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
    it(`change from ${from} to ${to} and leave one marker`, async () => {
      await setMarker(store, installKey, marker("me", from), signal);
      await setMarker(store, installKey, marker("me", to), signal);
      assert.deepEqual(await states(), [`me ${to}`]);
    });
  }
  it("exist in the new state before the old file is removed", async () => {
    await setMarker(store, installKey, marker("me", "pending"), signal);
    const seen: number[] = [];
    const watched: RecordStore = {
      ...store,
      remove: async (path, abort) => {
        seen.push((await readMarkers(store, installKey, signal)).length);
        await store.remove(path, abort);
      },
    };
    await setMarker(watched, installKey, marker("me", "live"), signal);
    assert.ok(seen.length > 0 && seen.every((count) => count >= 1), seen.join());
  });
  it("are independent of each other", async () => {
    await setMarker(store, installKey, marker("me", "live"), signal);
    await setMarker(store, installKey, marker("you", "pending"), signal);
    await removeMarkers(store, installKey, "me", signal);
    assert.deepEqual(await states(), ["you pending"]);
  });
  it("keep owner and time unchanged", async () => {
    await setMarker(store, installKey, marker("me", "live"), signal);
    assert.deepEqual(await readMarkers(store, installKey, signal), [marker("me", "live")]);
  });
  it("do not include other files in their folder", async () => {
    await store.create(`${recordPaths.owners(installKey)}README.txt`, "x", signal);
    assert.deepEqual(await states(), []);
  });
});

describe("requests", () => {
  beforeEach(prepare);

  const leads = { installKey, installerSha256: digest("c") };
  it("refer to an image", async () => {
    await addRequest(store, digest("f"), leads, signal);
    assert.deepEqual(await readRequest(store, digest("f"), signal), leads);
    assert.equal(await readRequest(store, digest("0"), signal), undefined);
  });
  it("are found by their image", async () => {
    await addRequest(store, digest("f"), leads, signal);
    await addRequest(store, digest("e"), { ...leads, installKey: digest("2") }, signal);
    assert.deepEqual(await findRequestPaths(store, installKey, signal), [
      recordPaths.request(digest("f")),
    ]);
  });
});

describe("a record that cannot be parsed", () => {
  beforeEach(prepare);

  for (const [what, text] of [
    ["no JSON", "{"],
    ["half a head", JSON.stringify({ schemaVersion: 1 })],
    ["an array", "[]"],
    ["the format of a newer version", JSON.stringify({ ...head, schemaVersion: 999 })],
  ] as const) {
    it(`is an error, and never treated as missing, when a file holds ${what}`, async () => {
      const path = join(folder(), recordPaths.head(installKey));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      await assert.rejects(readRecord(store, installKey, signal), (error) => {
        assert.ok(error instanceof StylusError);
        assert.equal(error.code, "record.unreadable");
        assert.match(
          error.message,
          /head\.json at directory:test cannot be parsed\. It was damaged.*remove that file/,
        );
        return true;
      });
    });
  }
});
