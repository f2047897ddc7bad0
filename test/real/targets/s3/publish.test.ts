import assert from "node:assert/strict";
import { readFile, writeFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  type MultipartUpload,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { s3Target } from "../../../../provider/targets/s3/target";
import type { FaultProxy } from "../../../servers/fault-proxy";
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
import { conformsAsTarget } from "../conformance";
import { bucket, useS3Server } from "./server";

const isPart = ({ method, path }: { method: string; path: string }) =>
  method === "PUT" && path.includes("partNumber=");

/** Bytes of artifacts in PUT requests, without XML. */
function bytesPut(proxy: FaultProxy): number {
  return proxy.requests
    .filter(({ method }) => method === "PUT")
    .reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
}

describe("publishing to S3", () => {
  const folder = useFolder();
  const server = useS3Server();
  const object = async (name: string) => {
    const input = { Bucket: bucket, Key: `images/${name}` };
    const answer = await server().stranger.send(new GetObjectCommand(input));
    return Buffer.from(await answer.Body!.transformToByteArray());
  };
  const uploads = async (name: string) => {
    const input = { Bucket: bucket, Prefix: `images/${name}` };
    return (await server().stranger.send(new ListMultipartUploadsCommand(input))).Uploads ?? [];
  };

  /** The parts that the server holds of an upload, after it processed the requests in transit at the abort. */
  const keptBytes = async ({ Key, UploadId }: MultipartUpload): Promise<number> => {
    const listed = async (): Promise<number> => {
      const input = { Bucket: bucket, Key, UploadId };
      const { Parts = [] } = await server().stranger.send(new ListPartsCommand(input));
      return Parts.reduce((sum, { Size = 0 }) => sum + Size, 0);
    };
    for (let before = -1; ;) {
      const now = await listed();
      if (now > 0 && now === before) return now;
      before = now;
      await delay(500);
    }
  };

  conformsAsTarget({
    open: () => s3Target(server().spec()),
    places: {
      same: () => {
        const endpoint = server().proxy.endpoint.replace("127.0.0.1", "localhost");
        return s3Target(server().spec({ endpoint }));
      },
      another: () => s3Target(server().spec({ prefix: "images/others" })),
    },
    folder,
    makeArtifact: (size) => makeArtifact(folder(), (size === "large" ? 60 : 1) * MiB),
    stored: async ({ name }) => {
      const input = { Bucket: bucket, Prefix: `images/${name}` };
      const { Contents } = await server().stranger.send(new ListObjectsV2Command(input));
      const objects = Contents?.map((it) => [it.Key, it.Size, it.ETag, it.LastModified]);
      return objects && JSON.stringify(objects);
    },
    listing: async () => {
      const input = { Bucket: bucket };
      const { Contents } = await server().stranger.send(new ListObjectsV2Command(input));
      const objects = Contents?.map((it) => [it.Key, it.Size, it.ETag, it.LastModified]);
      const unfinished = await server().stranger.send(new ListMultipartUploadsCommand(input));
      return JSON.stringify([objects, unfinished.Uploads?.map((it) => [it.Key, it.UploadId])]);
    },
    uploadedBytes: () => bytesPut(server().proxy),
    resetCounts: () => server().proxy.reset(),
    putForeign: ({ name }) => {
      const input = { Bucket: bucket, Key: `images/${name}`, Body: "foreign" };
      return server().stranger.send(new PutObjectCommand(input));
    },
    alter: ({ name }) => {
      const input = { Bucket: bucket, Key: `images/${name}`, Body: "altered" };
      return server().stranger.send(new PutObjectCommand(input));
    },
    altered: /does not carry our metadata/,
    interrupted: "continues",
    retrieve: "file",
  });

  it("sends a large file in parts and says where it is", async () => {
    const artifact = await makeArtifact(folder(), 12 * MiB);
    const told: number[] = [];
    const target = s3Target(server().spec());
    const published = await target.publish(
      artifact,
      quietly({ onProgress: (done) => told.push(done) }),
    );
    assert.deepEqual(published, {
      format: "qcow2",
      target: `s3://${bucket}/images (${server().proxy.endpoint})`,
      uri: `s3://${bucket}/images/${artifact.name}`,
      url: `${server().proxy.endpoint}/${bucket}/images/${artifact.name}`,
      sizeBytes: artifact.sizeBytes,
      sha256: artifact.sha256,
      mediaType: artifact.mediaType,
      artifactKey: artifact.artifactKey,
    });
    assert.equal(published.target, target.id);
    assert.equal(sha256(await object(artifact.name)), artifact.sha256);
    assert.equal(bytesPut(server().proxy), artifact.sizeBytes);
    assert.equal(server().proxy.requests.filter(isPart).length, 3);
    assert.deepEqual(
      told,
      told.toSorted((one, other) => one - other),
    );
    assert.equal(told.at(-1), artifact.sizeBytes);
    assert.ok(told.length > 10, "progress within the parts");
    assert.deepEqual(await uploads(artifact.name), []);
    const log = await server().gateway.accessLog();
    const logged = log.filter(({ key }) => key.endsWith(artifact.name));
    const sent = logged.filter(({ operation }) => operation === "UploadPart");
    assert.equal(sent.length, 3);
  });

  it("keeps SHA-256, artifact key, marker and media type in the object's metadata", async () => {
    for (const sizeBytes of [1 * MiB, 6 * MiB]) {
      const artifact = await makeArtifact(folder(), sizeBytes);
      await s3Target(server().spec()).publish(artifact, quietly());
      const input = { Bucket: bucket, Key: `images/${artifact.name}` };
      const head = await server().stranger.send(new HeadObjectCommand(input));
      assert.deepEqual(head.Metadata, {
        "stylus-image": "artifact",
        "stylus-artifact-key": artifact.artifactKey,
        "stylus-sha256": artifact.sha256,
      });
      assert.equal(head.ContentType, artifact.mediaType);
      assert.equal(head.ContentLength, sizeBytes);
    }
  });

  it("gives the object tags and Cache-Control, and a record the tags", async () => {
    const tags = { team: "edge + core=1", "cost/centre": "4711" };
    const tagsOf = async (name: string): Promise<unknown> => {
      const input = { Bucket: bucket, Key: `images/${name}` };
      const { TagSet = [] } = await server().stranger.send(new GetObjectTaggingCommand(input));
      return Object.fromEntries(TagSet.map(({ Key, Value }) => [`${Key}`, Value]));
    };
    const target = s3Target(server().spec({ tags }));
    for (const sizeBytes of [1 * MiB, 6 * MiB]) {
      const artifact = await makeArtifact(folder(), sizeBytes);
      await target.publish(artifact, quietly());
      assert.deepEqual(await tagsOf(artifact.name), tags);
      const input = { Bucket: bucket, Key: `images/${artifact.name}` };
      const head = await server().stranger.send(new HeadObjectCommand(input));
      assert.equal(head.CacheControl, "max-age=31536000, immutable");
    }
    await target.capabilities.records.create("record.json", "{}", never);
    assert.deepEqual(await tagsOf("record.json"), tags);
  });

  it("sends a small file with one request, conditionally", async () => {
    const artifact = await makeArtifact(folder(), 1 * MiB);
    const told: number[] = [];
    const options = quietly({ onProgress: (done) => told.push(done) });
    await s3Target(server().spec()).publish(artifact, options);
    const puts = server().proxy.requests.filter(({ method }) => method === "PUT");
    assert.equal(puts.length, 1);
    assert.equal(bytesPut(server().proxy), artifact.sizeBytes);
    assert.equal(sha256(await object(artifact.name)), artifact.sha256);
    assert.ok(told.length > 3, "progress within the one request");
  });

  it("publishes an empty file", async () => {
    const artifact = await makeArtifact(folder(), 0);
    const target = s3Target(server().spec());
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
  });

  it("sends nothing for an artifact that is already published", async () => {
    const artifact = await makeArtifact(folder(), 6 * MiB);
    const first = await s3Target(server().spec()).publish(artifact, quietly());
    server().proxy.reset();
    const second = await s3Target(server().spec()).publish(artifact, quietly());
    assert.deepEqual(second, first);
    assert.equal(bytesPut(server().proxy), 0);
    assert.deepEqual(
      server().proxy.requests.map(({ method, path }) => [method, /[?&]uploads/.test(path)]),
      // The second upload looks for stale uploads.
      [
        ["HEAD", false],
        ["GET", true],
      ],
    );
  });

  for (const checksums of ["auto", "required-only"]) {
    it(`sends only the rest of an aborted upload (checksums ${checksums})`, async () => {
      const artifact = await makeArtifact(folder(), 60 * MiB);
      const target = s3Target(server().spec({ checksums }));
      const user = new AbortController();
      await assert.rejects(
        target.publish(artifact, {
          signal: user.signal,
          onProgress: (done, total) => {
            if (done >= 0.4 * total) user.abort();
          },
        }),
        fails("build.cancelled"),
      );
      const [begun] = await uploads(artifact.name);
      assert.ok(begun, "the upload is kept");
      const kept = await keptBytes(begun);
      assert.ok(kept > 0, "something was sent before");

      server().proxy.reset();
      const told: number[] = [];
      const again = s3Target(server().spec({ checksums }));
      await again.publish(artifact, quietly({ onProgress: (done) => told.push(done) }));
      assert.equal(bytesPut(server().proxy), artifact.sizeBytes - kept);
      assert.ok(told[0]! >= kept, "progress goes on where it was");
      assert.equal(sha256(await object(artifact.name)), artifact.sha256);
      assert.deepEqual(await uploads(artifact.name), []);
    });
  }

  it("sends only the rest after the connection died", async () => {
    const artifact = await makeArtifact(folder(), 60 * MiB);
    server().proxy.add({ fault: { type: "cut-upload", afterBytes: 0.4 * artifact.sizeBytes } });
    await assert.rejects(
      s3Target(server().spec()).publish(artifact, quietly()),
      fails("publish.unreachable", /Check the target's `endpoint`/),
    );
    server().proxy.reset();
    await s3Target(server().spec()).publish(artifact, quietly());
    const sent = bytesPut(server().proxy);
    assert.ok(sent > 0 && sent < artifact.sizeBytes, `${sent} bytes`);
    assert.equal(sent % (5 * MiB), 0);
    assert.equal(sha256(await object(artifact.name)), artifact.sha256);
  });

  it("never mixes an unfinished upload with a file that changed since", async () => {
    const artifact = await makeArtifact(folder(), 20 * MiB);
    server().proxy.add({ fault: { type: "cut-upload", afterBytes: 11 * MiB } });
    await assert.rejects(s3Target(server().spec()).publish(artifact, quietly()));
    assert.equal((await uploads(artifact.name)).length, 1);
    server().proxy.reset();
    // Once within the sent parts, and once after them, where only the metadata shows it.
    for (const position of [19 * MiB, 100]) {
      const bytes = await readFile(artifact.path);
      bytes[position] = bytes[position]! ^ 1;
      await writeFile(artifact.path, bytes);
      const changed = { ...artifact, sha256: sha256(bytes) };
      const target = s3Target(server().spec());
      const published = recorded(await target.publish(changed, quietly()));
      assert.equal(sha256(await object(artifact.name)), changed.sha256);
      assert.deepEqual(await target.find(published, never), { state: "present" });
      assert.deepEqual(await uploads(artifact.name), []);
      await target.remove(published, never);
    }
  });

  it("refuses to complete a file that is written to meanwhile", async () => {
    const artifact = await makeArtifact(folder(), 12 * MiB);
    server().proxy.add({ fault: { type: "delay", milliseconds: 300 }, when: isPart });
    const onProgress = () => void utimes(artifact.path, new Date(), new Date());
    await assert.rejects(
      s3Target(server().spec()).publish(artifact, quietly({ onProgress })),
      fails("publish.failed", /changed while it was published/, /Run the build again/),
    );
    const short = { ...artifact, sizeBytes: 13 * MiB };
    await assert.rejects(
      s3Target(server().spec()).publish(short, quietly()),
      fails("publish.failed", /12582912 bytes, expected 13631488/),
    );
  });

  it("hashes a raw disk that nobody hashed, and does not read its holes", async () => {
    const artifact = await makeSparseDisk(folder(), 40 * MiB);
    const target = s3Target(server().spec());
    const published = await target.publish(artifact, quietly());
    const bytes = await readFile(artifact.path);
    assert.equal(published.sha256, sha256(bytes));
    assert.ok((await object(artifact.name)).equals(bytes));
  });

  it("lets two uploads of the same artifact end in one object", async () => {
    const artifact = await makeArtifact(folder(), 22 * MiB);
    const results = await Promise.all(
      [1, 2].map(() => s3Target(server().spec()).publish(artifact, quietly())),
    );
    assert.deepEqual(results[0], results[1]);
    assert.equal(sha256(await object(artifact.name)), artifact.sha256);
    assert.deepEqual(await uploads(artifact.name), []);
  });

  it("reuses what it finds after the answer to its own completion was lost", async () => {
    for (const sizeBytes of [1 * MiB, 6 * MiB]) {
      const artifact = await makeArtifact(folder(), sizeBytes);
      server().proxy.add({
        fault: { type: "lose-answer" },
        times: 1,
        when: ({ method, path }) =>
          /^(PUT|POST)$/.test(method) && !/uploads=|partNumber/.test(path),
      });
      const target = s3Target(server().spec());
      const published = recorded(await target.publish(artifact, quietly()));
      assert.deepEqual(await target.find(published, never), { state: "present" });
    }
  });

  it("repeats a request that the server answered with 500", async () => {
    const artifact = await makeArtifact(folder(), 12 * MiB);
    server().proxy.add({ fault: { type: "status", status: 500 }, times: 3 });
    await s3Target(server().spec()).publish(artifact, quietly());
    assert.equal(server().proxy.requests.filter(({ status }) => status === 500).length, 3);
    assert.equal(sha256(await object(artifact.name)), artifact.sha256);
  });

  it("gives up after a few 500s and says that the server is the cause", async () => {
    const artifact = await makeArtifact(folder(), 1 * MiB);
    server().proxy.add({ fault: { type: "status", status: 503, code: "SlowDown" } });
    await assert.rejects(
      s3Target(server().spec()).publish(artifact, quietly()),
      fails("publish.unreachable", /503/, /The server reports an internal error/, /run again/),
    );
    assert.ok(server().proxy.requests.length < 10);
  });

  it("never overwrites an object that somebody else put there", async () => {
    for (const sizeBytes of [1 * MiB, 6 * MiB]) {
      const artifact = await makeArtifact(folder(), sizeBytes);
      const Key = `images/${artifact.name}`;
      const put = new PutObjectCommand({ Bucket: bucket, Key, Body: "theirs" });
      await server().stranger.send(put);
      const target = s3Target(server().spec());
      const taken = fails("publish.name-taken", /never overwritten/, /aws s3 mv/);
      await assert.rejects(target.publish(artifact, quietly()), taken);
      assert.equal(bytesPut(server().proxy), 0);
      assert.equal((await object(artifact.name)).toString(), "theirs");

      // The same if it appears between the target's HEAD and its write.
      await server().stranger.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      let appeared = false;
      const onProgress = () => {
        if (!appeared) void server().stranger.send(put);
        appeared = true;
      };
      const slow = ({ method }: { method: string }) => method !== "HEAD";
      server().proxy.add({ fault: { type: "delay", milliseconds: 500 }, when: slow });
      await assert.rejects(target.publish(artifact, quietly({ onProgress })), taken);
      assert.equal((await object(artifact.name)).toString(), "theirs");
      assert.deepEqual(await uploads(artifact.name), []);
      server().proxy.reset();
    }
  });

  it("says how to create a bucket that is missing", async () => {
    for (const sizeBytes of [1 * MiB, 6 * MiB]) {
      const artifact = await makeArtifact(folder(), sizeBytes);
      const target = s3Target(server().spec({ bucket: "no-such-bucket" }));
      await assert.rejects(
        target.publish(artifact, quietly()),
        fails(
          "publish.not-found",
          /The bucket "no-such-bucket" does not exist/,
          /aws s3 mb s3:\/\/no-such-bucket --region us-east-1 --endpoint-url http:\/\/127/,
        ),
      );
    }
  });

  it("tells wrong credentials from everything else", async () => {
    const artifact = await makeArtifact(folder(), 1 * MiB);
    for (const wrong of [{ secretAccessKey: "not-it" }, { accessKeyId: "AKIANOBODY" }]) {
      await assert.rejects(
        s3Target(server().spec(wrong)).publish(artifact, quietly()),
        fails("publish.denied", /The credentials are wrong or expired/, /s3:PutObject/),
      );
    }
  });

  it("tells a server that is not there", async () => {
    const artifact = await makeArtifact(folder(), 1 * MiB);
    const target = s3Target(server().spec({ endpoint: "http://127.0.0.1:9" }));
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.unreachable", /Nothing accepts connections/, /HTTPS_PROXY/),
    );
  });

  it("tells a server without conditional writes", async () => {
    const artifact = await makeArtifact(folder(), 1 * MiB);
    const when = ({ method }: { method: string }) => method === "PUT";
    server().proxy.add({ fault: { type: "status", status: 501, code: "NotImplemented" }, when });
    await assert.rejects(
      s3Target(server().spec()).publish(artifact, quietly()),
      fails("publish.failed", /If-None-Match/, /Update the server/),
    );
  });

  it("says which local file it cannot read", async () => {
    const artifact = { ...(await makeArtifact(folder(), 1)), path: join(folder(), "gone.qcow2") };
    await assert.rejects(
      s3Target(server().spec()).publish(artifact, quietly()),
      fails("publish.failed", /gone\.qcow2/),
    );
  });
});
