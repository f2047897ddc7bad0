import assert from "node:assert/strict";
import { findAtPlace, requirePlaces, type KnownPlaces } from "../../../provider/records/presence";
import { addPublication } from "../../../provider/records/record";
import { directoryRecords } from "../../../provider/targets/directory/records";
import type { FindResult } from "../../../provider/targets/find-result";
import type { RecordStore } from "../../../provider/targets/record-store";
import type { Target } from "../../../provider/targets/target";
import { fails } from "../../support/failures";
import { memoryTarget } from "../agent/memory-target";
import { entryOf, installKey, publicationAt, signal } from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();
const raw = publicationAt("directory:a", "raw");
const absent: FindResult = { state: "absent" };
const uncertain: FindResult = { state: "unreachable", why: "not mounted?", missing: true };
const refused: FindResult = { state: "unreachable", why: "403" };

interface Case {
  readonly title: string;
  readonly kind: "folder" | "bucket";
  readonly found: FindResult;
  readonly remembered?: string;
  readonly id?: string;
  /** Stores with a record of the image. */
  readonly records?: readonly ("place" | "cache")[];
  readonly expected: FindResult["state"];
}

const cases: readonly Case[] = [
  {
    title: "the place has the remembered ID",
    kind: "folder",
    found: uncertain,
    remembered: "1",
    id: "1",
    expected: "absent",
  },
  {
    title: "the place has another ID",
    kind: "folder",
    found: absent,
    remembered: "1",
    id: "2",
    expected: "unreachable",
  },
  {
    title: "a folder has no ID and is on its file system",
    kind: "folder",
    found: absent,
    remembered: "1",
    expected: "absent",
  },
  {
    title: "a folder has no ID and may not be mounted",
    kind: "folder",
    found: uncertain,
    remembered: "1",
    expected: "unreachable",
  },
  {
    title: "a bucket has another ID",
    kind: "bucket",
    found: absent,
    remembered: "1",
    id: "2",
    expected: "unreachable",
  },
  {
    title: "a bucket was emptied",
    kind: "bucket",
    found: absent,
    remembered: "1",
    expected: "absent",
  },
  {
    title: "old outputs, and the folder has a record of the image",
    kind: "folder",
    found: uncertain,
    id: "2",
    records: ["place"],
    expected: "absent",
  },
  {
    title: "old outputs, and only this machine has a record of the image",
    kind: "folder",
    found: absent,
    id: "2",
    records: ["cache"],
    expected: "absent",
  },
  {
    title: "old outputs, a record on this machine, and the folder may not be mounted",
    kind: "folder",
    found: uncertain,
    records: ["cache"],
    expected: "unreachable",
  },
  {
    title: "old outputs, and neither folder nor machine know the image",
    kind: "folder",
    found: absent,
    id: "2",
    expected: "unreachable",
  },
  { title: "old outputs of a bucket", kind: "bucket", found: absent, id: "2", expected: "absent" },
  {
    title: "a refusal is no absence",
    kind: "bucket",
    found: refused,
    remembered: "1",
    id: "1",
    expected: "unreachable",
  },
  {
    title: "what is there is there",
    kind: "folder",
    found: { state: "present" },
    remembered: "1",
    id: "2",
    expected: "present",
  },
];

function prepare({ kind, found, id }: Case): Target & { readonly records: RecordStore } {
  const target = memoryTarget("a", folder());
  target.answers.set(raw.uri, found);
  const readId = () => Promise.resolve(id);
  const place = { kind: "files", readId, ensureId: readId } as const;
  const { localFolder, ...capabilities } = target.capabilities;
  return {
    ...target,
    capabilities: {
      ...capabilities,
      place,
      ...(kind === "folder" && localFolder !== undefined && { localFolder }),
    },
  };
}

describe("findAtPlace", () => {
  for (const one of cases) {
    it(`reports ${one.expected}: ${one.title}`, async () => {
      const target = prepare(one);
      const cacheRecords = directoryRecords(`${folder()}/cache`, "the local cache");
      const stores = { place: target.records, cache: cacheRecords };
      for (const name of one.records ?? []) {
        await addPublication(stores[name], installKey, entryOf(raw), signal);
      }
      const places = one.remembered === undefined ? undefined : { [target.id]: one.remembered };
      const known: KnownPlaces = { installKey, places, cacheRecords };
      const { state } = await findAtPlace(target, raw, known, signal);
      assert.equal(state, one.expected);
      const required = requirePlaces([target], { ...known, publications: [raw] }, signal);
      if (one.remembered !== undefined && one.id !== undefined && one.remembered !== one.id) {
        await assert.rejects(required, fails("publish.unreachable", /not the (folder|place)/));
      }
      await required.catch(() => undefined);
    });
  }
});
