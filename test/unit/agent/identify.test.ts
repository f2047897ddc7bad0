import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { buildImage } from "../../../provider/agent/build-image";
import type { Build } from "../../../provider/agent/context";
import { addPublication, claimHead } from "../../../provider/records/record";
import { readMarkers } from "../../../provider/records/markers";
import { StylusError } from "../../../provider/base/errors";
import { memoryTarget, type MemoryTarget } from "./memory-target";
import { buildFor, entryOf, head, installKey, publicationAt, signal, stateWith } from "./samples";
import { temporaryFolder } from "./temporary-folder";

const folder = temporaryFolder();
let a: MemoryTarget;
const prepare = () => (a = memoryTarget("a", folder()));

/** A build in which an install fails the test. */
function adoption(context: object = {}): Build {
  const build = buildFor({ folder: folder(), targets: [a], formats: ["raw"], context });
  const plan = { ...build.plan, installer: { source: { type: "none" }, kind: "auto" } } as const;
  return { ...build, plan };
}
const adopt = (build = adoption()) => buildImage(build, () => undefined);
const fails = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof StylusError && error.code === code && text.test(error.message);
const raw = publicationAt("directory:a", "raw");

async function publishedElsewhere(): Promise<void> {
  await claimHead(a.records, head, signal);
  await addPublication(a.records, installKey, entryOf(raw), signal);
  a.there.add(raw.uri);
}

describe("an adoption", () => {
  beforeEach(prepare);

  it("uses the image of a record, without an installer", async () => {
    await publishedElsewhere();
    const state = await adopt();
    assert.deepEqual(state.artifacts, [entryOf(raw)]);
    assert.equal(state.installerSha256, head.installerSha256);
    const [marker] = await readMarkers(a.records, installKey, signal);
    assert.equal(marker?.state, "live");
  });

  it("lists the records that were read if none knows the image, and writes nothing", async () => {
    await assert.rejects(
      adopt(),
      fails("record.not-found", /directory:a: has no such record\n {2}the local cache: has no/),
    );
    assert.deepEqual(await readMarkers(a.records, installKey, signal), []);
  });

  it("needs no record if the resource has the image in its outputs", async () => {
    a.there.add(raw.uri);
    const state = await adopt(adoption({ existing: { ...stateWith([raw]), installKey } }));
    assert.deepEqual(
      state.artifacts.map(({ uri }) => uri),
      [raw.uri],
    );
  });

  it("never installs: without a source to convert from it fails, and removes its claim", async () => {
    await publishedElsewhere();
    a.there.clear();
    await assert.rejects(adopt(), fails("convert.no-source", /never installed again/));
    assert.deepEqual(await readMarkers(a.records, installKey, signal), []);
    await rm(join(folder(), "a"), { recursive: true });
  });
});
