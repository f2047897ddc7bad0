import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { s3Target } from "../../../../provider/targets/s3/target";
import { startFaultProxy } from "../../../servers/fault-proxy";
import { makeArtifact, MiB, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { bucket, useS3Server } from "./server";

describe("the way to S3", () => {
  const folder = useFolder();
  const server = useS3Server();
  const saved = { ...process.env };
  const withoutKeys = { accessKeyId: undefined, secretAccessKey: undefined };
  beforeEach(() => {
    process.env["AWS_EC2_METADATA_DISABLED"] = "true";
    process.env["AWS_CONFIG_FILE"] = join(folder(), "config");
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = join(folder(), "credentials");
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) {
      if (saved[name] === undefined) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, saved);
  });
  const publishWith = async (more: Record<string, unknown>) => {
    const artifact = await makeArtifact(folder(), 1000);
    const target = s3Target(server().spec(more));
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
    return published;
  };

  it("says what to do where there are no credentials", async () => {
    await assert.rejects(
      publishWith(withoutKeys),
      fails("publish.denied", /No usable credentials were found/, /AWS_ACCESS_KEY_ID/),
    );
  });

  it("takes credentials from the environment at the time of use", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const target = s3Target(server().spec(withoutKeys));
    process.env["AWS_ACCESS_KEY_ID"] = server().gateway.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = server().gateway.secretAccessKey;
    await target.publish(artifact, quietly());
  });

  it("takes credentials from the named profile", async () => {
    const { accessKeyId, secretAccessKey } = server().gateway;
    const keys = `aws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`;
    // The SDK reads each of these files once per process.
    process.env["AWS_CONFIG_FILE"] = join(folder(), "config-2");
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = join(folder(), "credentials-2");
    await writeFile(
      join(folder(), "credentials-2"),
      `[default]\naws_access_key_id=AKIANOBODY\naws_secret_access_key=x\n\n[builder]\n${keys}`,
    );
    await writeFile(join(folder(), "config-2"), "[profile builder]\nregion = us-east-1\n");
    await publishWith({ ...withoutKeys, profile: "builder" });
    await assert.rejects(publishWith(withoutKeys), fails("publish.denied"));
  });

  it("signs for the region of the spec", async () => {
    await assert.rejects(
      publishWith({ region: "eu-central-1" }),
      fails("publish.failed", /region/, /AWS_REGION/),
    );
  });

  it("goes through HTTP_PROXY, and past it for what NO_PROXY names", async () => {
    const forward = await startFaultProxy(server().gateway.port);
    try {
      // The name does not resolve: only the proxy can connect to it.
      const endpoint = "http://s3.store.invalid";
      process.env["HTTP_PROXY"] = forward.endpoint;
      const published = await publishWith({ endpoint });
      assert.equal(
        published.url,
        `${endpoint}/${bucket}/${published.uri.slice(`s3://${bucket}/`.length)}`,
      );
      assert.ok(forward.requests.some(({ method }) => method === "PUT"));
      forward.reset();
      process.env["NO_PROXY"] = "127.0.0.1";
      await publishWith({});
      assert.equal(forward.requests.length, 0);
      process.env["NO_PROXY"] = ".store.invalid";
      await assert.rejects(publishWith({ endpoint }), fails("publish.unreachable"));
    } finally {
      await forward.stop();
    }
  });

  it("addresses the bucket by path unless virtual hosts are asked for", async () => {
    const forward = await startFaultProxy(server().gateway.port);
    try {
      process.env["HTTP_PROXY"] = forward.endpoint;
      const more = { endpoint: "http://store.invalid", pathStyle: false, prefix: "" };
      forward.add({ fault: { type: "status", status: 403, code: "AccessDenied" } });
      await assert.rejects(publishWith(more), fails("publish.denied"));
      assert.doesNotMatch(forward.requests[0]!.path, new RegExp(bucket));
    } finally {
      await forward.stop();
    }
  });

  it("sends the SDK's checksums, or none for servers that reject them", async () => {
    await publishWith({});
    const header = ({ headers }: { headers: NodeJS.Dict<unknown> }) =>
      Object.keys(headers).filter((name) => /^x-amz-(checksum|sdk-checksum)/.test(name));
    const puts = () => server().proxy.requests.filter(({ method }) => method === "PUT");
    assert.ok(header(puts()[0]!).length > 0);
    server().proxy.reset();
    await publishWith({ checksums: "required-only" });
    assert.deepEqual(header(puts()[0]!), []);
  });

  it("asks for encryption and storage class, in one request and in parts", async () => {
    const kms = { sse: "aws:kms", kmsKeyId: "key-1", storageClass: "STANDARD_IA" };
    for (const sizeBytes of [1000, 6 * MiB]) {
      server().proxy.reset();
      const artifact = await makeArtifact(folder(), sizeBytes);
      // The server need not support them; the test checks the requests.
      await s3Target(server().spec(kms))
        .publish(artifact, quietly())
        .catch(() => undefined);
      const write = server().proxy.requests.find(({ method }) => /PUT|POST/.test(method));
      assert.equal(write?.headers["x-amz-server-side-encryption"], "aws:kms");
      assert.equal(write.headers["x-amz-server-side-encryption-aws-kms-key-id"], "key-1");
      assert.equal(write.headers["x-amz-storage-class"], "STANDARD_IA");
    }
    server().proxy.reset();
    const path = ".stylus-image/kms/head.json";
    await s3Target(server().spec(kms))
      .capabilities.records.create(path, "{}", never)
      .catch(() => undefined);
    const write = server().proxy.requests.find(({ method }) => method === "PUT");
    assert.equal(write?.headers["x-amz-server-side-encryption"], "aws:kms");
    assert.equal(write.headers["x-amz-storage-class"], undefined, "records must stay readable");
  });

  it("takes the part size of the spec", async () => {
    const artifact = await makeArtifact(folder(), 14 * MiB);
    await s3Target(server().spec({ partSize: "7MiB" })).publish(artifact, quietly());
    const parts = server().proxy.requests.filter(({ path }) => path.includes("partNumber="));
    assert.deepEqual(
      parts.map(({ receivedBytes }) => receivedBytes),
      [7 * MiB, 7 * MiB],
    );
  });

  it("opens a bounded number of connections, however many clients ask at once", async () => {
    const published = await publishWith({});
    server().proxy.reset();
    server().proxy.add({ fault: { type: "delay", milliseconds: 1000 } });
    const clients = Array.from({ length: 20 }, () => s3Target(server().spec()));
    const asking = clients.flatMap((target) =>
      Array.from({ length: 5 }, () => target.find(published, never)),
    );
    let most = 0;
    const sampler = setInterval(() => {
      // Each request has a connection of its own until its response.
      const open = server().proxy.requests.filter(({ status }) => status === 0);
      most = Math.max(most, open.length);
    }, 10);
    const findings = await Promise.all(asking).finally(() => clearInterval(sampler));
    assert.ok(most > 10 && most < 64, `${most} connections`);
    assert.ok(findings.every(({ state }) => state === "present"));
  });
});
