import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { s3Target } from "../../../../provider/targets/s3/target";
import type { Publication } from "../../../../provider/schema/state";
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
import { bucket, useS3Server } from "./server";

describe("a publication at S3", () => {
  const folder = useFolder();
  const server = useS3Server();
  const publish = async (sizeBytes: number): Promise<Publication & { readonly key: string }> => {
    const artifact = await makeArtifact(folder(), sizeBytes);
    const published = await s3Target(server().spec()).publish(artifact, quietly());
    server().proxy.reset();
    return { ...recorded(published), key: `images/${artifact.name}` };
  };
  const find = (publication: Publication, more = {}) =>
    s3Target(server().spec(more)).find(publication, never);

  it("is found present with one HEAD", async () => {
    const publication = await publish(1000);
    assert.deepEqual(await find(publication), { state: "present" });
    assert.deepEqual(
      server().proxy.requests.map(({ method }) => method),
      ["HEAD"],
    );
  });

  it("is absent once it was deleted", async () => {
    const publication = await publish(1000);
    await server().stranger.send(new DeleteObjectCommand({ Bucket: bucket, Key: publication.key }));
    assert.deepEqual(await find(publication), { state: "absent" });
  });

  it("is absent when its whole bucket is gone", async () => {
    const publication = await publish(1000);
    const elsewhere = { ...publication, uri: publication.uri.replace(bucket, "gone-bucket") };
    assert.deepEqual(await find(elsewhere, { bucket: "gone-bucket" }), { state: "absent" });
  });

  it("is altered when size, SHA-256 or artifact key differ", async () => {
    const publication = await publish(1000);
    const cases: [Partial<Publication>, RegExp][] = [
      [{ sizeBytes: 999 }, /1000 bytes, expected 999/],
      [{ sha256: sha256("other") }, /Its SHA-256 is/],
      [{ artifactKey: sha256("other") }, /another artifact/],
    ];
    for (const [change, why] of cases) {
      const found = await find({ ...publication, ...change });
      assert.equal(found.state, "altered");
      assert.match("why" in found ? found.why : "", why);
    }
  });

  it("is unreachable, and not gone, where the answer proves nothing", async () => {
    const publication = await publish(1000);
    const unreachable = async (why: RegExp, more = {}) => {
      const found = await find(publication, more);
      assert.equal(found.state, "unreachable", JSON.stringify(found));
      assert.match("why" in found ? found.why : "", why);
      server().proxy.reset();
    };
    server().proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" } });
    await unreachable(/403/);
    server().proxy.add({ fault: { type: "status", status: 500 } });
    await unreachable(/500/);
    // A 404 of a server that is not S3, or for an unknown user.
    server().proxy.add({ fault: { type: "status", status: 404, code: "Whatever" } });
    await unreachable(/404/);
    await unreachable(/credentials are wrong/, { accessKeyId: "AKIANOBODY" });
    await unreachable(/credentials are wrong/, { secretAccessKey: "wrong" });
    await unreachable(/Nothing accepts connections/, { endpoint: "http://127.0.0.1:9" });
    await unreachable(/does not know "no-such-host\.invalid"/, {
      endpoint: "http://no-such-host.invalid",
    });
  });

  it("ends a look that is cancelled", async () => {
    const publication = await publish(1000);
    server().proxy.add({ fault: { type: "delay", milliseconds: 60_000 } });
    const user = new AbortController();
    const found = s3Target(server().spec()).find(publication, user.signal);
    setTimeout(() => user.abort(), 100);
    await assert.rejects(found, fails("build.cancelled"));
  });

  it("is removed with its unfinished uploads, twice without complaint", async () => {
    const publication = await publish(1000);
    const { key: Key } = publication;
    await server().stranger.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    const target = s3Target(server().spec());
    await target.remove(publication, never);
    await assert.rejects(
      server().stranger.send(new HeadObjectCommand({ Bucket: bucket, Key })),
      /Unknown|NotFound/,
    );
    const left = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: Key });
    assert.equal((await server().stranger.send(left)).Uploads, undefined);
    await target.remove(publication, never);
    const elsewhere = { ...publication, uri: publication.uri.replace(bucket, "gone-bucket") };
    await s3Target(server().spec({ bucket: "gone-bucket" })).remove(elsewhere, never);
  });

  it("never removes what somebody else put under its key, nor anything outside its prefix", async () => {
    const publication = await publish(1000);
    const { key: Key } = publication;
    await server().stranger.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "theirs" }));
    await s3Target(server().spec()).remove(publication, never);
    const head = await server().stranger.send(new HeadObjectCommand({ Bucket: bucket, Key }));
    assert.equal(head.ContentLength, 6);
    const outside = { ...publication, uri: `s3://${bucket}/other/thing.qcow2` };
    await assert.rejects(s3Target(server().spec()).remove(outside, never), fails("internal"));
  });

  it("says that removing is denied", async () => {
    const publication = await publish(1000);
    const when = ({ method }: { method: string }) => method === "DELETE";
    server().proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" }, when });
    await assert.rejects(
      s3Target(server().spec()).remove(publication, never),
      fails("publish.denied", /s3:DeleteObject/),
    );
  });

  it("is downloaded in one piece, verified, under its name only when complete", async () => {
    const publication = await publish(3 * MiB);
    const path = join(folder(), "back-1.qcow2");
    const told: number[] = [];
    const options = quietly({ onProgress: (done) => told.push(done) });
    await s3Target(server().spec()).retrieve(publication, path, options);
    assert.equal(sha256(await readFile(path)), publication.sha256);
    assert.equal(told.at(-1), publication.sizeBytes);
    await assert.rejects(stat(`${path}.partial`));
  });

  it("continues a download that broke, within a run and in the next one", async () => {
    const publication = await publish(6 * MiB);
    const path = join(folder(), "back-2.qcow2");
    const when = ({ method }: { method: string }) => method === "GET";
    const cut = { type: "cut-download", afterBytes: 2 * MiB } as const;
    server().proxy.add({ fault: cut, times: 1, when });
    await s3Target(server().spec()).retrieve(publication, path, quietly());
    assert.equal(sha256(await readFile(path)), publication.sha256);
    const gets = server().proxy.requests.filter(when);
    assert.equal(gets.length, 2);
    assert.ok(gets[1]!.sentBytes < 5 * MiB, `${gets[1]!.sentBytes} bytes in the second`);

    const user = new AbortController();
    const onProgress = (done: number) => {
      if (done > 3 * MiB) user.abort();
    };
    const other = join(folder(), "back-3.qcow2");
    await assert.rejects(
      s3Target(server().spec()).retrieve(publication, other, { signal: user.signal, onProgress }),
      fails("build.cancelled"),
    );
    await assert.rejects(stat(other));
    server().proxy.reset();
    await s3Target(server().spec()).retrieve(publication, other, quietly());
    assert.equal(sha256(await readFile(other)), publication.sha256);
    assert.ok(server().proxy.requests.filter(when)[0]!.sentBytes < 4 * MiB);
  });

  it("does not build on a wrong beginning", async () => {
    const publication = await publish(1 * MiB);
    const path = join(folder(), "back-4.qcow2");
    await writeFile(`${path}.partial`, Buffer.alloc(500_000, 7));
    await s3Target(server().spec()).retrieve(publication, path, quietly());
    assert.equal(sha256(await readFile(path)), publication.sha256);
  });

  it("keeps the holes of a raw disk", async () => {
    const disk = await makeSparseDisk(folder(), 30 * MiB);
    const target = s3Target(server().spec());
    const publication = recorded(await target.publish(disk, quietly()));
    const path = join(folder(), "back.raw");
    await target.retrieve(publication, path, quietly());
    assert.equal(sha256(await readFile(path)), publication.sha256);
    assert.ok((await stat(path)).blocks * 512 < 4 * MiB);
  });

  it("is not used as a source when it is gone or altered", async () => {
    const publication = await publish(1000);
    const path = join(folder(), "back-5.qcow2");
    const target = s3Target(server().spec());
    // The content is damaged in the server's storage: only the SHA-256 of the download shows it.
    const file = join(server().gateway.folder, bucket, publication.key);
    await writeFile(file, Buffer.alloc(1000, 1), { flag: "r+" });
    await assert.rejects(
      target.retrieve(publication, path, quietly()),
      fails("publish.failed", /expected [0-9a-f]{64}/, /damaged on the way/),
    );
    const input = { Bucket: bucket, Key: publication.key };
    await server().stranger.send(new PutObjectCommand({ ...input, Body: "theirs" }));
    await assert.rejects(
      target.retrieve(publication, path, quietly()),
      fails("publish.failed", /Another program wrote it/),
    );
    await server().stranger.send(new DeleteObjectCommand(input));
    await assert.rejects(
      target.retrieve(publication, path, quietly()),
      fails("publish.not-found", /does not exist/),
    );
    await assert.rejects(stat(path));
  });

  it("stays valid when it is copied with its metadata", async () => {
    const publication = await publish(1000);
    const { key: Key } = publication;
    const CopySource = `${bucket}/${Key}`;
    const kept = new CopyObjectCommand({ Bucket: bucket, Key: `${Key}.copy`, CopySource });
    await server().stranger.send(kept);
    assert.deepEqual(await find({ ...publication, uri: `${publication.uri}.copy` }), {
      state: "present",
    });
  });
});
