import assert from "node:assert/strict";
import { buildImage } from "../../../provider/agent/build-image";
import { otherBuilders, takeInventory } from "../../../provider/agent/inventory";
import { recordStores, type KeyedBuild } from "../../../provider/agent/context";
import type { AgentEvent } from "../../../provider/plan/events";
import {
  addPublication,
  addRequest,
  claimHead,
  readRecordedImage,
} from "../../../provider/records/record";
import { setMarker, readMarkers } from "../../../provider/records/markers";
import { imageStateSchema, type ImageState } from "../../../provider/schema/state";
import { memoryPlace, memoryTarget, type MemoryTarget } from "./memory-target";
import {
  buildFor,
  digest,
  entryOf,
  head,
  installKey,
  publicationAt,
  signal,
  stateWith,
} from "./samples";
import { temporaryFolder } from "./temporary-folder";

const folder = temporaryFolder();
let a: MemoryTarget;
let events: AgentEvent[];
const prepare = () => {
  a = memoryTarget("a", folder());
  events = [];
};
const build = (context: object = {}) =>
  buildFor({ folder: folder(), targets: [a], context, events });
const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:a", "qcow2");
const warnings = () => events.flatMap((event) => (event.type === "log" ? [event.message] : []));

/** The state after another machine published: record and artifacts at the target, an empty cache here. */
async function publishedElsewhere(): Promise<void> {
  await claimHead(a.records, head, signal);
  for (const publication of [raw, qcow2]) {
    await addPublication(a.records, installKey, entryOf(publication), signal);
    a.there.add(publication.uri);
  }
}

describe("takeInventory", () => {
  beforeEach(prepare);

  it("is undefined for an image that is in no record and in no outputs", async () => {
    assert.equal(await takeInventory(build()), undefined);
  });

  it("finds an image that another machine published", async () => {
    await publishedElsewhere();
    const found = await takeInventory(build());
    assert.deepEqual(found?.head, head);
    assert.deepEqual(
      found.present.map(({ uri }) => uri),
      [raw.uri, qcow2.uri],
    );
    assert.equal(found.complete, true);
  });

  it("returns the URL that the target has now", async () => {
    await publishedElsewhere();
    const addresses = {
      addressOf: ({ uri }: { uri: string }) => Promise.resolve({ uri, url: "https://cdn/new" }),
    };
    const target = { ...a, capabilities: { ...a.capabilities, addresses } };
    const found = await takeInventory(buildFor({ folder: folder(), targets: [target], events }));
    assert.deepEqual(
      found?.present.map(({ url }) => url),
      ["https://cdn/new", "https://cdn/new"],
    );
  });

  it("finds an image by the local cache's record alone", async () => {
    await publishedElsewhere();
    const keyed = build();
    await claimHead(keyed.cacheRecords, head, signal);
    for (const it of [raw, qcow2]) {
      await addPublication(keyed.cacheRecords, installKey, entryOf(it), signal);
    }
    await a.records.remove(`.stylus-image/${installKey}/head.json`, signal);
    assert.equal((await takeInventory(keyed))?.complete, true);
  });

  it("finds an image by the resource's outputs if every record is lost", async () => {
    for (const { uri } of [raw, qcow2]) a.there.add(uri);
    const found = await takeInventory(build({ existing: stateWith([raw, qcow2]) }));
    assert.equal(found?.complete, true);
    assert.deepEqual(found.head, head);
  });

  it("ignores outputs of another image", async () => {
    const existing = { ...stateWith([raw, qcow2]), installKey: digest("2") };
    assert.equal(await takeInventory(build({ existing })), undefined);
  });

  for (const [what, finding, warned] of [
    ["gone", { state: "absent" }, 0],
    ["altered", { state: "altered", why: "another size" }, 1],
    ["unreachable", { state: "unreachable", why: "403" }, 1],
  ] as const) {
    it(`does not count a publication that is ${what}, and warns if the target says why`, async () => {
      await publishedElsewhere();
      a.answers.set(qcow2.uri, finding);
      const found = await takeInventory(build());
      assert.deepEqual(
        found?.present.map(({ uri }) => uri),
        [raw.uri],
      );
      assert.equal(found.complete, false);
      assert.equal(warnings().length, warned);
    });
  }

  it("keeps a publication of this resource that cannot be checked now", async () => {
    await publishedElsewhere();
    a.answers.set(qcow2.uri, { state: "unreachable", why: "403" });
    const found = await takeInventory(build({ existing: stateWith([raw, qcow2]) }));
    assert.equal(found?.complete, true);
    assert.match(warnings().join(), /could not be checked: 403/);
  });

  it("ignores publications of another install or with other options", async () => {
    await claimHead(a.records, head, signal);
    const other = publicationAt("directory:a", "raw", digest("e"));
    a.there.add(other.uri);
    await addPublication(a.records, installKey, entryOf(other, digest("e")), signal);
    assert.deepEqual((await takeInventory(build()))?.present, []);
  });
});

describe("otherBuilders", () => {
  beforeEach(prepare);

  it("returns the pending markers of other instances, and no others", async () => {
    const time = "2026-01-01T00:00:00.000Z";
    for (const [instance, state] of [
      ["me", "pending"],
      ["building", "pending"],
      ["done", "live"],
    ] as const) {
      await setMarker(a.records, installKey, { instance, state, time, owner: "o" }, signal);
    }
    const others = await otherBuilders(build());
    assert.deepEqual(
      others.map(({ instance }) => instance),
      ["building"],
    );
  });
});

describe("buildImage with an image that is published already", () => {
  beforeEach(prepare);

  /** An adoption must not use an installer or a disk: any use throws here. */
  async function adopt(keyed: KeyedBuild): Promise<ImageState> {
    const seen: ImageState[] = [];
    const state = await buildImage(keyed, (progress) => seen.push(progress));
    assert.deepEqual(seen.at(-1)?.artifacts, state.artifacts);
    return state;
  }

  it("adopts the image without an installer and without a disk", async () => {
    await publishedElsewhere();
    const state = await adopt(build());
    assert.deepEqual(
      state.artifacts.map(({ uri }) => uri),
      [raw.uri, qcow2.uri],
    );
    assert.deepEqual(state.pending, []);
    const stages = events.flatMap((event) =>
      event.type === "stage" ? [[event.stage, event.state]] : [],
    );
    assert.deepEqual(stages, [["publish", "skipped"]]);
  });

  it("adds its owner to every record", async () => {
    await publishedElsewhere();
    const keyed = build();
    await adopt(keyed);
    for (const store of recordStores(keyed)) {
      const markers = await readMarkers(store, installKey, signal);
      assert.deepEqual(
        markers.map(({ instance, state }) => [instance, state]),
        [["me", "live"]],
      );
    }
  });

  it("finds the install key by the request key if only the installer's validator is known", async () => {
    await publishedElsewhere();
    const leads = { installKey, installerSha256: digest("c") };
    await addRequest(a.records, digest("f"), leads, signal);
    const keyed = build({ installer: { validator: 'etag "1"' } });
    const plan = { ...keyed.plan, installKey: undefined, requestKey: digest("f") };
    const state = await adopt({ ...keyed, plan });
    assert.equal(state.installKey, installKey);
    assert.equal(state.installerSha256, head.installerSha256);
    assert.equal(state.installerValidator, 'etag "1"');
  });

  it("returns no publication twice, and no extra fields in the outputs", async () => {
    await publishedElsewhere();
    const state = await adopt(build({ existing: stateWith([raw, qcow2]) }));
    // Every result of the agent passes this schema.
    assert.deepEqual(imageStateSchema.parse(state).artifacts, [raw, qcow2]);
  });
});

describe("buildImage with an image that is partly at a target without records", () => {
  beforeEach(prepare);

  const web = memoryPlace("https://web/images");
  const onWeb = publicationAt(web.id, "raw");
  const destinations = [raw, onWeb].map(({ format, target }) => ({ format, target }));
  const keyed = (): KeyedBuild => {
    const one = buildFor({ folder: folder(), targets: [a], formats: ["raw"], events });
    return { ...one, targets: [a, web], plan: { ...one.plan, destinations } };
  };
  beforeEach(async () => {
    await publishedElsewhere();
    await addPublication(a.records, installKey, entryOf(onWeb), signal);
    web.there.add(onWeb.uri);
  });

  it("adopts those publications by the record of the other target", async () => {
    const { artifacts, pending } = await buildImage(keyed(), () => undefined);
    assert.deepEqual(
      artifacts.map(({ uri }) => uri),
      [raw.uri, onWeb.uri],
    );
    assert.deepEqual(pending, []);
  });

  it("copies those publications to the record of the adopting machine", async () => {
    const one = keyed();
    await buildImage(one, () => undefined);
    const { publications } = await readRecordedImage(one.cacheRecords, installKey, signal);
    assert.deepEqual(new Set(publications.map(({ uri }) => uri)), new Set([raw.uri, onWeb.uri]));
  });

  it("does not count a publication that is gone", async () => {
    web.there.clear();
    const found = await takeInventory(keyed());
    assert.deepEqual(
      found?.present.map(({ uri }) => uri),
      [raw.uri],
    );
  });
});

describe("buildImage that fails before anything is published", () => {
  beforeEach(prepare);

  const broken = () => ({ ...a, find: () => Promise.reject(new Error("the target is broken")) });
  const markers = async (keyed: KeyedBuild) =>
    Promise.all(
      recordStores(keyed).map(async (store) =>
        (await readMarkers(store, installKey, signal)).map((it) => `${it.instance} ${it.state}`),
      ),
    );
  const failing = () => ({ ...build(), targets: [broken()] });
  const time = "2026-01-01T00:00:00.000Z";

  it("removes its claim, and keeps publications and markers of others", async () => {
    await publishedElsewhere();
    await setMarker(
      a.records,
      installKey,
      { instance: "you", owner: "o", state: "live", time },
      signal,
    );
    await assert.rejects(
      buildImage(failing(), () => undefined),
      /the target is broken/,
    );
    assert.deepEqual(await markers(failing()), [["you live"], []]);
    assert.equal((await takeInventory(build()))?.complete, true);
  });

  it("keeps its own live marker of an image that an earlier build published", async () => {
    await publishedElsewhere();
    await setMarker(
      a.records,
      installKey,
      { instance: "me", owner: "cli", state: "live", time },
      signal,
    );
    await assert.rejects(
      buildImage(failing(), () => undefined),
      /the target is broken/,
    );
    assert.deepEqual((await markers(failing()))[0], ["me live"]);
  });
});
