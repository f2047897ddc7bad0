import assert from "node:assert/strict";
import { StylusError } from "../../../provider/base/errors";
import {
  lookUpPublications,
  lookUpRecords,
  orElse,
  readRecords,
} from "../../../provider/records/lookup";
import type { LookupOptions } from "../../../provider/records/ask";
import type { Publication } from "../../../provider/schema/state";
import type { FindResult } from "../../../provider/targets/find-result";
import type { RecordStore } from "../../../provider/targets/record-store";
import type { Target } from "../../../provider/targets/target";
import { fails } from "../../support/failures";
import { memoryTarget } from "../agent/memory-target";
import { publicationAt } from "../agent/samples";

const signal = new AbortController().signal;
const many: Publication[] = Array.from({ length: 12 }, (_, index) => ({
  ...publicationAt("directory:a", "raw"),
  uri: `memory://a/${index}`,
}));
const states = (results: readonly FindResult[]) => [...new Set(results.map(({ state }) => state))];
const lookUp = (target: Target, options: Partial<LookupOptions> = {}) =>
  lookUpPublications(
    many.map((publication) => ({ target, publication })),
    { signal, ...options },
  );

interface RemoteTarget extends Target {
  readonly asked: string[];
}

function remoteTarget(id: string, answer: Target["find"]): RemoteTarget {
  const asked: string[] = [];
  const find: Target["find"] = (publication, given) => {
    asked.push(publication.uri);
    return answer(publication, given);
  };
  return { ...memoryTarget(id, "/nowhere"), capabilities: {}, find, asked };
}

/** A server that never answers. */
const silentTarget = (id: string): RemoteTarget =>
  remoteTarget(
    id,
    (_, given) =>
      new Promise((_resolve, reject) => {
        given.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  );

async function untilAsked({ asked }: RemoteTarget, count: number): Promise<void> {
  while (asked.length < count) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, count);
}

describe("lookUpPublications", () => {
  it("returns results in the order of the publications, with four requests at once", async () => {
    let open = 0;
    let most = 0;
    const target = remoteTarget("b", async ({ uri }) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      open -= 1;
      return { state: "altered", why: uri };
    });
    const results = await lookUp(target);
    assert.deepEqual(
      results.map((result) => "why" in result && result.why),
      many.map(({ uri }) => uri),
    );
    assert.equal(most, 4);
  });

  it("asks all targets at once", async () => {
    const both = ["one", "two"].map((name) => remoteTarget(name, () => untilBoth));
    let answer: (result: FindResult) => void = () => undefined;
    const untilBoth = new Promise<FindResult>((resolve) => (answer = resolve));
    const [publication = publicationAt("a")] = many;
    const asking = lookUpPublications(
      both.map((target) => ({ target, publication })),
      { signal },
    );
    for (const target of both) await untilAsked(target, 1);
    answer({ state: "present" });
    assert.deepEqual(states(await asking), ["present"]);
  });

  it("reports a server that does not answer as unreachable, after one question, and does not ask it again", async () => {
    const target = silentTarget("silent");
    assert.deepEqual(states(await lookUp(target, { milliseconds: 20 })), ["unreachable"]);
    assert.equal(target.asked.length, 1);
    assert.deepEqual(states(await lookUp(target, { milliseconds: 20 })), ["unreachable"]);
    assert.equal(target.asked.length, 1);
  });

  it("asks a server that does not answer once for 200 images that are looked up at the same time", async () => {
    const target = silentTarget("silent for all");
    const results = await Promise.all(
      Array.from({ length: 200 }, () => lookUp(target, { milliseconds: 50 })),
    );
    assert.deepEqual(states(results.flat()), ["unreachable"]);
    assert.equal(target.asked.length, 1);
  });

  it("asks a server again for a caller that has more patience", async () => {
    const target = silentTarget("slow");
    await lookUp(target, { milliseconds: 20 });
    await lookUp(target, { milliseconds: 40 });
    assert.equal(target.asked.length, 2);
  });

  it("lets others ask after the first question was cancelled", async () => {
    const call = new AbortController();
    const target = silentTarget("cancelled first");
    const first = lookUp(target, { signal: call.signal });
    await untilAsked(target, 1);
    const second = lookUp(target, { milliseconds: 20 });
    call.abort();
    await assert.rejects(first, fails("build.cancelled"));
    assert.deepEqual(states(await second), ["unreachable"]);
    assert.equal(target.asked.length, 2);
  });

  it("rejects at the abort, also if the target ignores it", async () => {
    const call = new AbortController();
    const target = remoteTarget("deaf", () => new Promise(() => undefined));
    const asking = lookUp(target, { signal: call.signal });
    await untilAsked(target, 1);
    call.abort();
    await assert.rejects(asking, fails("build.cancelled"));
  });

  it("has no deadline for a local folder", async () => {
    const find: Target["find"] = () =>
      new Promise((resolve) => setTimeout(() => resolve({ state: "present" }), 30));
    const local = { ...memoryTarget("local", "/nowhere"), find };
    assert.deepEqual(states(await lookUp(local, { milliseconds: 1 })), ["present"]);
  });

  for (const defect of [
    new TypeError("x is undefined"),
    new StylusError("internal", { what: "A defect.", next: "Report it." }),
  ]) {
    it(`throws a defect (${defect.name})`, async () => {
      const target = remoteTarget(`defective ${defect.name}`, () => Promise.reject(defect));
      await assert.rejects(lookUp(target), (thrown) => thrown === defect);
    });
  }
});

describe("lookUpRecords", () => {
  const denied = new StylusError("publish.denied", { what: "403.", next: "Log in." });
  const store = (id: string): RecordStore => ({ ...memoryTarget(id, "/nowhere").records, id });
  const answers: Readonly<Record<string, () => Promise<string>>> = {
    one: () => Promise.resolve("1"),
    denied: () => Promise.reject(denied),
    broken: () => Promise.reject(new TypeError("x is undefined")),
    hung: () => new Promise(() => undefined),
  };
  const read = ({ id }: RecordStore): Promise<string> => answers[id]?.() ?? Promise.reject(denied);

  it("returns the answers in the order of the stores, with the error of one that cannot be read", async () => {
    const found = await lookUpRecords(["denied", "one"].map(store), read, { signal });
    assert.deepEqual(found, [
      { store: "denied", error: denied },
      { store: "one", value: "1" },
    ]);
  });

  it("throws a defect", async () => {
    await assert.rejects(
      lookUpRecords(["one", "broken"].map(store), read, { signal }),
      /x is undefined/,
    );
  });

  it("ends at the deadline if a file system hangs", async () => {
    const found = await lookUpRecords([store("hung")], read, { signal, milliseconds: 20 });
    assert.equal(found[0]?.error?.code, "publish.unreachable");
  });

  it("throws the error of a store where all have to answer", async () => {
    await assert.rejects(readRecords(["one", "denied"].map(store), read, { signal }), /403/);
  });

  it("has a substitute for an error, but not for a defect or a cancellation", async () => {
    assert.equal(await orElse(Promise.reject(denied), "other"), "other");
    await assert.rejects(orElse(Promise.reject(new TypeError("defect")), "other"), /defect/);
    const cancelled = new StylusError("build.cancelled", { what: "Cancelled.", next: "Again." });
    await assert.rejects(orElse(Promise.reject(cancelled), "other"), /Cancelled/);
  });
});
