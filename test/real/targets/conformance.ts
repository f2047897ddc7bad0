import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Publication } from "../../../provider/schema/state";
import { comparePlaces } from "../../../provider/targets/compare-places";
import type { LocalArtifact } from "../../../provider/targets/local-artifact";
import type { Target } from "../../../provider/targets/target";
import { never, quietly, recorded, sha256 } from "../../support/artifacts";
import { noFindings } from "../../../provider/targets/access";
import { needs } from "./access";
import { fails } from "../../support/failures";

/** Further targets of the same kind. */
interface OtherPlaces {
  /** The same place through another address. */
  same(): Target | Promise<Target>;
  /** Another place, at the same server if it has several. */
  another(): Target | Promise<Target>;
}

/** One kind of target with its server, as the conformance suite uses them. */
export interface TargetUnderTest {
  /** Opens the target without any state of an earlier one, as another process does. */
  open(): Target;
  /** Makes an artifact that the target accepts; a large one takes long enough to be interrupted. */
  makeArtifact(size: "small" | "large"): Promise<LocalArtifact>;
  readonly places: OtherPlaces;
  /** Whether marks stay on the server until its garbage collection. */
  readonly keepsMarks?: boolean;
  folder(): string;
  /**
   * Describes everything that the server stores under the artifact's name, read without the target: the text changes
   * with every change. Undefined if readers see nothing of the artifact.
   */
  stored(artifact: LocalArtifact): Promise<string | undefined>;
  /** Describes everything at the place, read past the target: another text after any change. */
  listing(): Promise<string>;
  /** Bytes of artifacts that reached the server since the last reset. */
  uploadedBytes(): number | Promise<number>;
  resetCounts(): void | Promise<void>;
  /** Puts an object of another program under the artifact's name. */
  putForeign(artifact: LocalArtifact): Promise<unknown>;
  /** Changes the published content without the target. */
  alter(artifact: LocalArtifact, publication: Publication): Promise<unknown>;
  /** The reason that `find` gives for the altered content. */
  readonly altered: RegExp;
  /**
   * How the next run continues after an interrupted upload; some registries lose an upload that breaks within a
   * chunk.
   */
  readonly interrupted: "continues" | "starts again" | "either";
  /** Whether `retrieve` returns the file; otherwise the text of its error. */
  readonly retrieve: "file" | RegExp;
  /** Resolves when everything of a removed publication is gone, for a server that removes it later. */
  untilRemoved?(artifact: LocalArtifact): Promise<void>;
  /** Resolves during an upload, for a target that is too fast to be interrupted by its progress. */
  untilUploading?(artifact: LocalArtifact): Promise<void>;
}

type Rule = (test: TargetUnderTest) => Promise<void>;

const publish = async (test: TargetUnderTest, artifact: LocalArtifact): Promise<Publication> =>
  recorded(await test.open().publish(artifact, quietly()));

const find = (test: TargetUnderTest, publication: Publication) =>
  test.open().find(publication, never);

/** The publication that the artifact would have, derived from another artifact's. */
async function unpublished(test: TargetUnderTest, artifact: LocalArtifact): Promise<Publication> {
  const other = await test.makeArtifact("small");
  const published = await publish(test, other);
  await test.resetCounts();
  const key = (of: LocalArtifact): string => of.artifactKey.slice(0, 12);
  const uri = published.uri
    .replaceAll(key(other), key(artifact))
    .replace(/@sha256:[0-9a-f]{64}$/, `@sha256:${artifact.sha256}`);
  assert.notEqual(uri, published.uri);
  const { format, sizeBytes, mediaType, artifactKey } = artifact;
  const url = published.url.replaceAll(key(other), key(artifact));
  return {
    ...published,
    uri,
    url,
    format,
    sizeBytes,
    mediaType,
    artifactKey,
    sha256: artifact.sha256,
  };
}

async function interruptedPublish(test: TargetUnderTest, artifact: LocalArtifact): Promise<void> {
  const user = new AbortController();
  void test.untilUploading?.(artifact).then(() => user.abort());
  const onProgress = (done: number, total: number): void => {
    if (done >= 0.4 * total) user.abort();
  };
  await assert.rejects(
    test.open().publish(artifact, { signal: user.signal, onProgress }),
    fails("build.cancelled"),
  );
}

/** Rules for every target, by test title. */
const rules: Readonly<Record<string, Rule>> = {
  "checkAccess: nothing is said of a target that can be published to, and nothing changes there":
    async (test) => {
      await publish(test, await test.makeArtifact("small"));
      await test.resetCounts();
      const before = await test.listing();
      assert.deepEqual(await test.open().checkAccess(needs, never), noFindings);
      assert.equal(await test.listing(), before);
      // A second check finds nothing that the first one left, and a publication is none the wiser.
      assert.deepEqual(await test.open().checkAccess(needs, never), noFindings);
      const published = await publish(test, await test.makeArtifact("small"));
      assert.deepEqual(await find(test, published), { state: "present" });
    },

  "checkAccess: a cancelled check ends as cancelled": async (test) => {
    const user = new AbortController();
    const checked = test.open().checkAccess(needs, user.signal);
    user.abort();
    await checked.then(
      // It was faster than the user.
      (findings) => assert.deepEqual(findings, noFindings),
      (thrown: unknown) => fails("build.cancelled")(thrown),
    );
  },

  "find: an artifact that was never published is absent": async (test) => {
    const publication = await unpublished(test, await test.makeArtifact("small"));
    assert.deepEqual(await find(test, publication), { state: "absent" });
  },

  "publish: the artifact is complete under its name, and found": async (test) => {
    const artifact = await test.makeArtifact("small");
    const progress: number[] = [];
    const onProgress = (done: number): void => void progress.push(done);
    const published = await test.open().publish(artifact, quietly({ onProgress }));
    const { format, sizeBytes, mediaType, artifactKey } = artifact;
    const { uri, url } = published;
    const expected = { format, sizeBytes, mediaType, artifactKey, sha256: artifact.sha256 };
    assert.deepEqual(published, { ...expected, target: test.open().id, uri, url });
    assert.notEqual(await test.stored(artifact), undefined);
    assert.deepEqual(await find(test, recorded(published)), { state: "present" });
    assert.deepEqual(
      progress,
      progress.toSorted((one, other) => one - other),
    );
    assert.equal(progress.at(-1), sizeBytes);
  },

  "publish: an existing publication is not sent again": async (test) => {
    const artifact = await test.makeArtifact("small");
    const published = await publish(test, artifact);
    const stored = await test.stored(artifact);
    await test.resetCounts();
    assert.deepEqual(await publish(test, artifact), published);
    assert.equal(await test.uploadedBytes(), 0);
    assert.equal(await test.stored(artifact), stored);
  },

  "publish: nothing is visible after an interruption, and the next run completes it": async (
    test,
  ) => {
    const artifact = await test.makeArtifact("large");
    await interruptedPublish(test, artifact);
    assert.equal(await test.stored(artifact), undefined);
    await test.resetCounts();
    const published = await publish(test, artifact);
    const uploaded = await test.uploadedBytes();
    if (test.interrupted === "continues") assert.ok(uploaded < artifact.sizeBytes, `${uploaded}`);
    if (test.interrupted === "starts again") assert.equal(uploaded, artifact.sizeBytes);
    assert.deepEqual(await find(test, published), { state: "present" });
  },

  "publish, remove: a foreign file under the name is never overwritten or removed": async (
    test,
  ) => {
    const artifact = await test.makeArtifact("small");
    const publication = await unpublished(test, artifact);
    await test.putForeign(artifact);
    await test.resetCounts();
    const stored = await test.stored(artifact);
    assert.notEqual(stored, undefined);
    await assert.rejects(publish(test, artifact), fails("publish.name-taken"));
    assert.equal(await test.uploadedBytes(), 0);
    assert.match((await find(test, publication)).state, /^(altered|absent)$/);
    const removed = await test.open().remove(publication, never);
    assert.equal(removed.state, "altered");
    assert.equal(removed.left.length, 1);
    assert.equal(await test.stored(artifact), stored);
  },

  "find: altered content is found as altered": async (test) => {
    const artifact = await test.makeArtifact("small");
    const publication = await publish(test, artifact);
    await test.alter(artifact, publication);
    const found = await find(test, publication);
    assert.ok(found.state === "altered", found.state);
    assert.match(found.why, test.altered);
  },

  "remove: the publication is gone, and removing it again is no error": async (test) => {
    const artifact = await test.makeArtifact("small");
    const publication = await publish(test, artifact);
    const removed = await test.open().remove(publication, never);
    assert.deepEqual(removed, { state: "removed", left: [] });
    await test.untilRemoved?.(artifact);
    assert.equal(await test.stored(artifact), undefined);
    assert.deepEqual(await find(test, publication), { state: "absent" });
    const again = await test.open().remove(publication, never);
    assert.deepEqual(again, { state: "absent", left: [] });
    assert.equal((await publish(test, artifact)).uri, publication.uri);
    assert.deepEqual(await find(test, publication), { state: "present" });
  },

  "retrieve: the file comes back, or the error says where it can come from": async (test) => {
    const artifact = await test.makeArtifact("small");
    const publication = await publish(test, artifact);
    const path = join(test.folder(), `retrieved-${randomBytes(6).toString("hex")}`);
    const retrieve = (wanted: Publication) => test.open().retrieve(wanted, path, quietly());
    if (test.retrieve !== "file") {
      await assert.rejects(retrieve(publication), fails("publish.failed", test.retrieve));
      return;
    }
    await retrieve(publication);
    assert.equal(sha256(await readFile(path)), artifact.sha256);
    const missing = await unpublished(test, await test.makeArtifact("small"));
    await assert.rejects(retrieve(missing), fails("publish.not-found", /does not exist/));
  },

  "place: two addresses of one place are the same place, two places are not, and nothing is left":
    async (test) => {
      await publish(test, await test.makeArtifact("small"));
      const [same, another] = [await test.places.same(), await test.places.another()];
      const listing = await test.listing();
      const compare = async (one: Target, other: Target) => comparePlaces(one, other, never);
      for (const [one, other] of [
        [test.open(), same],
        [same, test.open()],
      ] as const) {
        assert.notEqual(one.id, other.id);
        assert.deepEqual(await compare(one, other), { state: "same" });
      }
      assert.deepEqual(await compare(test.open(), another), { state: "different" });
      assert.deepEqual(await compare(same, another), { state: "different" });
      if (test.keepsMarks !== true) assert.equal(await test.listing(), listing);
    },

  "place: one place has one ID through both addresses, and another place has another": async (
    test,
  ) => {
    const read = async (target: Target) => target.capabilities.place?.ensureId(never);
    const id = await read(test.open());
    assert.equal(await read(await test.places.same()), id);
    const other = await read(await test.places.another());
    if (id !== undefined) assert.notEqual(other, id);
  },
};

/** Applies every rule to a target; call inside the `describe` that starts its server. */
export function conformsAsTarget(test: TargetUnderTest): void {
  describe("conforms as a target", () => {
    for (const [title, rule] of Object.entries(rules)) it(title, () => rule(test));
  });
}
