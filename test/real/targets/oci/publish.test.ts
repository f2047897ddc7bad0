import assert from "node:assert/strict";
import { execa } from "execa";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
import { fails } from "../../../support/failures";
import { listingOf } from "../access";
import { conformsAsTarget } from "../conformance";
import { bytesSent, makeContainerDisk, tagOf, team, useDockerRegistry } from "./registry";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

interface Manifest {
  readonly artifactType?: string;
  readonly config: { readonly mediaType: string; readonly digest: string };
  readonly layers: readonly {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
    readonly annotations?: Record<string, string>;
  }[];
}

describe("publishing to a container registry", () => {
  const folder = useFolder();
  const server = useDockerRegistry();
  const manifestOf = async (reference: string): Promise<Manifest> => {
    const headers = { accept: manifestType };
    return (await (await server().ask(`manifests/${reference}`, { headers })).json()) as Manifest;
  };
  const digestOf = async (tag: string) => {
    const init = { method: "HEAD", headers: { accept: manifestType } };
    return (await server().ask(`manifests/${tag}`, init)).headers.get("docker-content-digest");
  };
  /** Sets a tag without the target, as another program would. */
  const stranger = async (tag: string, text = `{"schemaVersion":2,"x":"${tag}"}`) => {
    const config = "{}";
    const digest = `sha256:${sha256(config)}`;
    const begun = await server().ask("blobs/uploads/", { method: "POST" });
    const location = new URL(begun.headers.get("location")!);
    location.searchParams.set("digest", digest);
    await fetch(location, { method: "PUT", body: config });
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 },
      layers: [],
      annotations: { text },
    });
    const headers = { "content-type": manifestType };
    const put = await server().ask(`manifests/${tag}`, { method: "PUT", headers, body });
    assert.equal(put.status, 201, await put.text());
  };

  conformsAsTarget({
    open: () => server().target(),
    places: {
      same: () =>
        server().target({ repository: server().repository.replace("127.0.0.1", "localhost") }),
      another: () => server().target({ repository: `${server().repository}/others` }),
    },
    // The registry deletes only the link of a blob.
    keepsMarks: true,
    folder,
    makeArtifact: (size) => makeArtifact(folder(), (size === "large" ? 20 : 1) * MiB),
    stored: async (artifact) => (await digestOf(tagOf(artifact))) ?? undefined,
    listing: async () => {
      const lines = (await listingOf(server().registry.folder)).split("\n");
      // The registry removes the folder of an upload some time after the upload has ended.
      return lines.filter((line) => !line.includes("/_uploads/")).join("\n");
    },
    uploadedBytes: () => bytesSent(server().proxy),
    resetCounts: () => server().proxy.reset(),
    putForeign: (artifact) => stranger(tagOf(artifact)),
    alter: (artifact) => stranger(tagOf(artifact), "altered"),
    altered: /The tag ".*" points to sha256:/,
    interrupted: "either",
    retrieve: "file",
  });

  it("sends a containerDisk's image as it stands in its archive, and skopeo reads it by digest and tag", async () => {
    const artifact = await makeContainerDisk(folder(), 20 * MiB);
    const told: number[] = [];
    const onProgress = (done: number) => void told.push(done);
    const published = await server().target().publish(artifact, quietly({ onProgress }));
    const { stdout: index } = await execa("tar", ["-xOf", artifact.path, "index.json"]);
    const [{ digest }] = (JSON.parse(index) as { manifests: [{ digest: string }] }).manifests;
    const { repository } = server();
    assert.deepEqual(published, {
      format: "containerdisk",
      target: `oci://${repository}`,
      uri: `oci://${repository}:${tagOf(artifact)}@${digest}`,
      url: `${repository}@${digest}`,
      sizeBytes: artifact.sizeBytes,
      sha256: artifact.sha256,
      mediaType: artifact.mediaType,
      artifactKey: artifact.artifactKey,
    });
    const inspect = async (reference: string) => {
      const name = `docker://${reference}`;
      const { stdout } = await execa("skopeo", ["inspect", "--tls-verify=false", name]);
      return JSON.parse(stdout) as { Digest: string; Layers: string[] };
    };
    const image = await inspect(published.url);
    assert.equal(image.Digest, digest);
    assert.equal((await inspect(`${repository}:${tagOf(artifact)}`)).Digest, digest);

    const copy = join(folder(), "copy");
    const from = `docker://${published.url}`;
    await execa("skopeo", ["copy", "--src-tls-verify=false", from, `dir:${copy}`]);
    const files = await readdir(copy);
    assert.equal(`sha256:${sha256(await readFile(join(copy, "manifest.json")))}`, digest);
    const layer = image.Layers[0]!.replace("sha256:", "");
    assert.ok(files.includes(layer));
    assert.equal(sha256(await readFile(join(copy, layer))), layer);

    const sorted = told.toSorted((one, other) => one - other);
    assert.deepEqual(told, sorted, "progress never goes back");
    assert.equal(told.at(-1), artifact.sizeBytes);
    assert.ok(told.length > 10);
  });

  it("sends any other format as an artifact of one layer, which carries its name and media type", async () => {
    const artifact = await makeArtifact(folder(), 9 * MiB);
    const published = await server().target().publish(artifact, quietly());
    const manifest = await manifestOf(tagOf(artifact));
    assert.deepEqual(manifest, {
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: "application/x-qemu-disk",
      config: {
        mediaType: "application/vnd.oci.empty.v1+json",
        digest: `sha256:${sha256("{}")}`,
        size: 2,
      },
      layers: [
        {
          mediaType: "application/x-qemu-disk",
          digest: `sha256:${artifact.sha256}`,
          size: artifact.sizeBytes,
          annotations: {
            "org.opencontainers.image.title": `edge-${artifact.artifactKey.slice(0, 12)}.qcow2`,
          },
        },
      ],
    });
    const blob = await server().ask(`blobs/sha256:${artifact.sha256}`);
    assert.equal(sha256(Buffer.from(await blob.arrayBuffer())), artifact.sha256);
    const args = ["inspect", "--raw", "--tls-verify=false", `docker://${published.url}`];
    const { stdout } = await execa("skopeo", args, { stripFinalNewline: false });
    assert.equal(`sha256:${sha256(stdout)}`, published.url.split("@")[1]);
  });

  it("takes another artifact type where the target names one", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    await server()
      .target({ mediaType: "application/vnd.example.disk" })
      .publish(artifact, quietly());
    const manifest = await manifestOf(tagOf(artifact));
    assert.equal(manifest.artifactType, "application/vnd.example.disk");
    assert.equal(manifest.layers[0]!.mediaType, "application/x-qemu-disk");
  });

  it("publishes an empty file", async () => {
    const artifact = await makeArtifact(folder(), 0);
    const target = server().target();
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
  });

  it("hashes what nobody hashed", async () => {
    const artifact = await makeSparseDisk(folder(), 10 * MiB);
    const published = await server().target().publish(artifact, quietly());
    assert.equal(published.sha256, sha256(await readFile(artifact.path)));
  });

  it("gives the same reference again for the same artifact, and sends no blob a second time", async () => {
    for (const artifact of [
      await makeContainerDisk(folder(), 6 * MiB),
      await makeArtifact(folder(), 6 * MiB),
    ]) {
      const first = await server().target().publish(artifact, quietly());
      const before = (await server().registry.accessLog()).length;
      server().proxy.reset();
      const second = await server().target().publish(artifact, quietly());
      assert.deepEqual(second, first);
      const log = (await server().registry.accessLog()).slice(before);
      assert.deepEqual([...new Set(log.map(({ method }) => method))], ["HEAD"]);
      assert.equal(bytesSent(server().proxy), 0);
    }
  });

  it("sends only the manifest where another tag has brought the blobs", async () => {
    const artifact = await makeArtifact(folder(), 6 * MiB);
    await server().target().publish(artifact, quietly());
    server().proxy.reset();
    const other = { ...artifact, name: artifact.name.replace("edge-", "site-") };
    const published = await server().target().publish(other, quietly());
    assert.ok(published.uri.includes(`:site-0123456789ab-${artifact.artifactKey.slice(0, 12)}@`));
    assert.ok(bytesSent(server().proxy) < 1000);
  });

  it("never moves a tag that points to another manifest", async () => {
    for (const artifact of [
      await makeArtifact(folder(), 1 * MiB),
      await makeContainerDisk(folder(), 1 * MiB),
    ]) {
      await stranger(tagOf(artifact));
      const theirs = await digestOf(tagOf(artifact));
      const taken = fails("publish.name-taken", /never moved/, /skopeo copy docker:/);
      await assert.rejects(server().target().publish(artifact, quietly()), taken);
      assert.equal(bytesSent(server().proxy), 0);
      assert.equal(await digestOf(tagOf(artifact)), theirs);
    }
  });

  it("detects a tag that was set during the upload", async () => {
    const artifact = await makeArtifact(folder(), 6 * MiB);
    let theirs: Promise<void> | undefined;
    const onProgress = (done: number) => {
      if (done > 3 * MiB) theirs ??= stranger(tagOf(artifact));
    };
    // The last bytes wait until the tag exists.
    const when = ({ method, path }: { method: string; path: string }) =>
      method === "PUT" && path.includes(artifact.sha256!);
    server().proxy.add({ fault: { type: "delay", milliseconds: 500 }, when });
    await assert.rejects(
      server().target().publish(artifact, quietly({ onProgress })),
      fails("publish.name-taken"),
    );
    await theirs;
  });

  it("moves a tag only where one is asked for, and after everything else", async () => {
    const [one, other] = [await makeArtifact(folder(), 1000), await makeArtifact(folder(), 1000)];
    await server().target().publish(one, quietly());
    assert.equal(await digestOf("newest"), null);
    for (const artifact of [one, other]) {
      server().proxy.reset();
      const target = server().target({ tag: "newest" });
      const published = recorded(await target.publish(artifact, quietly()));
      assert.equal(await digestOf("newest"), published.url.split("@")[1]);
      assert.deepEqual(await target.find(published, never), { state: "present" });
      const puts = server().proxy.requests.filter(({ method }) => method === "PUT");
      assert.equal(puts.at(-1)!.path, `/v2/${team}/manifests/newest`);
    }
  });

  it("leads two that publish the same at once to one manifest", async () => {
    const artifact = await makeArtifact(folder(), 9 * MiB);
    const results = await Promise.all(
      [1, 2].map(() => server().target().publish(artifact, quietly())),
    );
    assert.deepEqual(results[0], results[1]);
    const blob = await server().ask(`blobs/sha256:${artifact.sha256}`);
    assert.equal(sha256(Buffer.from(await blob.arrayBuffer())), artifact.sha256);
  });

  it("lets the registry refuse a file that is not what it was", async () => {
    const artifact = await makeArtifact(folder(), 9 * MiB);
    const bytes = await readFile(artifact.path);
    bytes[100] = bytes[100]! ^ 1;
    await writeFile(artifact.path, bytes);
    await assert.rejects(
      server().target().publish(artifact, quietly()),
      fails("publish.failed", /DIGEST_INVALID/, /the file changed meanwhile/),
    );
    assert.equal(await digestOf(tagOf(artifact)), null);
    await assert.rejects(
      server()
        .target()
        .publish({ ...artifact, sizeBytes: 10 * MiB }, quietly()),
      fails("publish.failed", /9437184 bytes, expected 10485760/),
    );
  });

  it("refuses an archive that holds no image", async () => {
    const artifact = { ...(await makeArtifact(folder(), 4096)), format: "containerdisk" as const };
    await assert.rejects(
      server().target().publish(artifact, quietly()),
      fails("publish.failed", /is not a tar archive/),
    );
    const disk = await makeContainerDisk(folder(), 1 * MiB);
    const bytes = await readFile(disk.path);
    const manifest = bytes.lastIndexOf('"schemaVersion":2', bytes.indexOf("index.json"));
    bytes[manifest + 16] = "3".charCodeAt(0);
    await writeFile(disk.path, bytes);
    await assert.rejects(
      server().target().publish(disk, quietly()),
      fails("publish.failed", /Its manifest has another digest/),
    );
  });

  it("keeps memory small, whatever the size", async () => {
    // Created by another program, so that this process has no open handle of it.
    const small = await makeArtifact(folder(), 0);
    await execa("dd", ["if=/dev/urandom", `of=${small.path}`, "bs=1M", "count=150"]);
    const { stdout: sum } = await execa("sha256sum", [small.path]);
    const artifact = { ...small, sizeBytes: 150 * MiB, sha256: sum.slice(0, 64) };
    const before = process.memoryUsage().rss;
    let most = 0;
    const onProgress = () => void (most = Math.max(most, process.memoryUsage().rss));
    const target = server().target({}, 64 * MiB);
    await target.publish(artifact, quietly({ onProgress }));
    assert.ok(most - before < 100 * MiB, `${(most - before) / MiB} MiB more`);
    const patches = server().proxy.requests.filter(({ method }) => method === "PATCH");
    assert.deepEqual(
      patches.map(({ headers }) => headers["content-range"]),
      ["0-67108863", "67108864-134217727", "134217728-157286399"],
    );
    const blob = await server().ask(`blobs/sha256:${artifact.sha256}`);
    const hash = createHash("sha256");
    for await (const chunk of blob.body!) hash.update(chunk as Buffer);
    assert.equal(hash.digest("hex"), artifact.sha256);
  });

  it("says which local file it cannot read", async () => {
    const artifact = { ...(await makeArtifact(folder(), 1)), path: join(folder(), "gone.qcow2") };
    await assert.rejects(
      server().target().publish(artifact, quietly()),
      fails("publish.failed", /gone\.qcow2/),
    );
  });
});
