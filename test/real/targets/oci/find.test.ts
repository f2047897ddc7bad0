import assert from "node:assert/strict";
import { readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Publication } from "../../../../provider/schema/state";
import { isPublishedAt } from "../../../../provider/targets/target";
import {
  makeArtifact,
  makeSparseDisk,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { startMemoryRegistry } from "../../../servers/docker-registry";
import { fails } from "../../../support/failures";
import { makeContainerDisk, tagOf, useDockerRegistry, useRegistry } from "./registry";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const accept = { accept: manifestType };

describe("what is in a container registry", () => {
  const folder = useFolder();
  const server = useDockerRegistry();
  const digestOf = ({ url }: Publication) => url.split("@")[1]!;
  const publish = async (sizeBytes = 1000, more: Record<string, unknown> = {}) => {
    const artifact = await makeArtifact(folder(), sizeBytes);
    const published = recorded(await server().target(more).publish(artifact, quietly()));
    return { ...published, tag: tagOf(artifact) };
  };
  const find = (publication: Publication, more: Record<string, unknown> = {}) =>
    server().target(more).find(publication, never);
  const tagged = async (tag: string) => {
    const answer = await server().ask(`manifests/${tag}`, { method: "HEAD", headers: accept });
    return answer.headers.get("docker-content-digest") ?? answer.status;
  };
  /** Sets a tag without the target. */
  const setTag = async (tag: string, publication: Publication) => {
    const manifest = await server().ask(`manifests/${digestOf(publication)}`, { headers: accept });
    const body = await manifest.text();
    const headers = { "content-type": manifestType };
    const put = await server().ask(`manifests/${tag}`, { method: "PUT", headers, body });
    assert.equal(put.status, 201);
  };
  const store = (...parts: string[]) =>
    join(server().registry.folder, "docker", "registry", "v2", ...parts);
  const blobFile = (digest: string) => {
    const hex = digest.replace("sha256:", "");
    return store("blobs", "sha256", hex.slice(0, 2), hex, "data");
  };
  const untag = (tag: string) =>
    rm(store("repositories", "team", "images", "_manifests", "tags", tag), { recursive: true });

  it("is present with its tags and its blobs", async () => {
    const publication = await publish(5 * MiB);
    assert.deepEqual(await find(publication), { state: "present" });
    const disk = await makeContainerDisk(folder(), 5 * MiB);
    const published = recorded(await server().target().publish(disk, quietly()));
    assert.deepEqual(await find(published), { state: "present" });
  });

  it("is absent without its manifest, and in a repository that nobody knows", async () => {
    const publication = await publish();
    const gone = await server().ask(`manifests/${digestOf(publication)}`, { method: "DELETE" });
    assert.equal(gone.status, 202);
    assert.deepEqual(await find(publication), { state: "absent" });
    const repository = server().repository.replace("team", "nobody");
    const elsewhere = {
      ...publication,
      uri: publication.uri.replace(server().repository, repository),
    };
    assert.deepEqual(await find(elsewhere, { repository }), { state: "absent" });
  });

  it("is absent without its tag, although the digest leads to it still; publishing sets it again", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const publication = recorded(await server().target().publish(artifact, quietly()));
    await untag(tagOf(artifact));
    assert.equal(await tagged(digestOf(publication)), digestOf(publication));
    assert.deepEqual(await find(publication), { state: "absent" });
    assert.deepEqual(recorded(await server().target().publish(artifact, quietly())), publication);
    assert.deepEqual(await find(publication), { state: "present" });
  });

  it("is altered where somebody moved its tag", async () => {
    const [one, other] = [await publish(), await publish()];
    await setTag(one.tag, other);
    assert.deepEqual(await find(one), {
      state: "altered",
      why: `${one.uri}: The tag "${one.tag}" points to ${digestOf(other)}.`,
    });
    assert.deepEqual(await find(other), { state: "present" });
  });

  it("is altered where the moving tag leads elsewhere, for a target that has one", async () => {
    const one = await publish(1000, { tag: "newest" });
    assert.deepEqual(await find(one, { tag: "newest" }), { state: "present" });
    const other = await publish(1000, { tag: "newest" });
    const finding = await find(one, { tag: "newest" });
    assert.ok(finding.state === "altered" && finding.why.includes(digestOf(other)));
    assert.deepEqual(await find(one), { state: "present" });
    assert.deepEqual(await find(one, { tag: "never-set" }), {
      state: "altered",
      why: `${one.uri}: The tag "never-set" points to nothing.`,
    });
  });

  it("is altered where a blob is gone or cut short", async () => {
    const publication = await publish(1 * MiB);
    const digest = `sha256:${publication.sha256}`;
    await truncate(blobFile(digest), 1000);
    const cut = await find(publication);
    assert.ok(
      cut.state === "altered" && cut.why.includes(`not have all of the blob ${digest}`),
      cut.state,
    );
    await rm(blobFile(digest));
    assert.equal((await find(publication)).state, "altered");
  });

  it("is never absent because of a server that is none, or does not answer, or refuses", async () => {
    const publication = await publish();
    for (const [status, why] of [
      [404, /is no registry/],
      [403, /These credentials do not allow it/],
      [500, /registry itself failed/],
    ] as const) {
      server().proxy.reset();
      server().proxy.add({ fault: { type: "status", status, headers: { "retry-after": "0" } } });
      const finding = await find(publication);
      assert.ok(finding.state === "unreachable" && why.test(finding.why), JSON.stringify(finding));
    }
    const repository = "127.0.0.1:9/team/images";
    const uri = publication.uri.replace(server().repository, repository);
    const finding = await find({ ...publication, uri }, { repository });
    assert.ok(finding.state === "unreachable" && /Nothing accepts connections/.test(finding.why));
  });

  it("is removed with all tags that point to it, and nothing else is", async () => {
    const [one, other] = [await publish(), await publish(1000, { tag: "mine" })];
    await setTag("mine", one);
    await server().target({ tag: "mine" }).remove(one, never);
    assert.deepEqual([await tagged(one.tag), await tagged("mine")], [404, 404]);
    assert.deepEqual(await find(one), { state: "absent" });
    assert.deepEqual(await find(other), { state: "present" });
    server().proxy.reset();
    await server().target({ tag: "mine" }).remove(one, never);
    assert.ok(!server().proxy.requests.some(({ method }) => method === "DELETE"));
  });

  it("keeps a moving tag that points to another image", async () => {
    const [one, other] = [await publish(), await publish(1000, { tag: "mine" })];
    await server().target({ tag: "mine" }).remove(one, never);
    assert.equal(await tagged("mine"), digestOf(other));
  });

  it("keeps a foreign manifest under its tag", async () => {
    const [one, other] = [await publish(), await publish()];
    await setTag(one.tag, other);
    await server().target().remove(one, never);
    assert.equal(await tagged(one.tag), digestOf(other));
    assert.deepEqual(await find(other), { state: "present" });
  });

  it("comes back as the file it was, also over broken connections and with its holes", async () => {
    const disk = await makeSparseDisk(folder(), 30 * MiB);
    const publication = recorded(await server().target().publish(disk, quietly()));
    server().proxy.reset();
    const when = ({ path }: { path: string }) => path.includes("/blobs/");
    server().proxy.add({ fault: { type: "cut-download", afterBytes: 12 * MiB }, times: 1, when });
    const path = join(folder(), "back.raw");
    await server().target().retrieve(publication, path, quietly());
    assert.equal(sha256(await readFile(path)), publication.sha256);
    assert.ok((await stat(path)).blocks * 512 < 4 * MiB);
    const [first, second] = server().proxy.requests.filter(when);
    assert.ok(first!.sentBytes + second!.sentBytes < 35 * MiB);
    assert.match(second!.headers["range"] ?? "", /^bytes=\d{6,}-$/);
  });

  it("is no source when it is gone or damaged, and a containerDisk never is", async () => {
    const publication = await publish(1 * MiB);
    const path = join(folder(), "back.qcow2");
    const target = server().target();
    await writeFile(blobFile(`sha256:${publication.sha256}`), Buffer.alloc(1 * MiB, 1));
    await assert.rejects(
      target.retrieve(publication, path, quietly()),
      fails("publish.failed", /damaged on the way/),
    );
    await target.remove(publication, never);
    await assert.rejects(
      target.retrieve(publication, path, quietly()),
      fails("publish.not-found", /does not exist/),
    );
    const disk = await makeContainerDisk(folder(), 1 * MiB);
    const published = recorded(await target.publish(disk, quietly()));
    await assert.rejects(
      target.retrieve(published, path, quietly()),
      fails("publish.failed", /Publish raw or qcow2 as well/),
    );
    await assert.rejects(stat(path));
  });

  it("refuses a publication of another repository", async () => {
    const publication = await publish();
    const repository = server().repository.replace("images", "image");
    const target = server().target({ repository });
    assert.ok(!isPublishedAt(target, publication));
    await assert.rejects(target.remove(publication, never), fails("internal", /is not in/));
    assert.deepEqual(await find(publication), { state: "present" });
  });
});

describe("a container registry that lets nothing be deleted", () => {
  const folder = useFolder();
  const server = useDockerRegistry({ deletes: false });

  it("reports that, and how to permit deletion; a missing publication is no error", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const target = server().target();
    const publication = recorded(await target.publish(artifact, quietly()));
    await assert.rejects(
      target.remove(publication, never),
      fails("publish.denied", /405/, /storage\.delete\.enabled/),
    );
    assert.deepEqual(await target.find(publication, never), { state: "present" });
    const gone = publication.uri.replace(/@sha256:.{64}/, `@sha256:${sha256("")}`);
    await target.remove({ ...publication, uri: gone }, never);
  });
});

describe("a container registry that does not take tags along", () => {
  const folder = useFolder();
  const server = useRegistry(startMemoryRegistry);

  it("keeps no tag that leads to nothing", async () => {
    const [artifact, other] = [await makeArtifact(folder(), 1000), await makeArtifact(folder(), 1)];
    await server().target().publish(other, quietly());
    const target = server().target({ tag: "newest" });
    const publication = recorded(await target.publish(artifact, quietly()));
    const tags = async () => {
      const answer = await server().ask("tags/list");
      return ((await answer.json()) as { tags: string[] }).tags;
    };
    assert.deepEqual(await tags(), [tagOf(artifact), tagOf(other), "newest"].sort());
    await target.remove(publication, never);
    assert.deepEqual(await target.find(publication, never), { state: "absent" });
    assert.deepEqual(await tags(), [tagOf(other)]);
  });
});
