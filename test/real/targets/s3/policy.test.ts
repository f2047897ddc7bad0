import assert from "node:assert/strict";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { s3Target } from "../../../../provider/targets/s3/target";
import { s3Policy } from "../../../../provider/targets/s3/policy";
import { startVersitygw, type Versitygw } from "../../../servers/versitygw";
import { noFindings } from "../../../../provider/targets/access";
import { needs } from "../access";
import { makeArtifact, MiB, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { s3Spec } from "./spec";

interface Statement {
  readonly Action: readonly string[];
}

describe("the policy that doctor prints", () => {
  const folder = useFolder();
  const bucket = "images";
  const user = { accessKeyId: "AKIAPUBLISHERONLY", secretAccessKey: "publisher-for-tests-only" };
  let server: Versitygw;
  before(async () => {
    server = await startVersitygw({ users: true });
    await server.createUser(user.accessKeyId, user.secretAccessKey);
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    const owner = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await owner.send(new CreateBucketCommand({ Bucket: bucket }));
    allow = async (without) => {
      const { Statement } = s3Policy(spec()) as { Statement: readonly Statement[] };
      // The server supports bucket policies with a principal, but no conditions.
      const statements = Statement.map(({ Action, ...rest }) => ({
        ...rest,
        Condition: undefined,
        Principal: { AWS: [user.accessKeyId] },
        Action: Action.filter((action) => action !== without),
      }));
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
      await owner.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    };
  });
  after(() => server.stop());
  let allow: (without?: string) => Promise<void>;
  const spec = () => s3Spec(server, { bucket, prefix: "edge", partSize: 5 * MiB, ...user });

  it("lets a user who has nothing else publish in parts, find, record and remove", async () => {
    await allow();
    const target = s3Target({ ...spec(), tags: { team: "edge" } });
    const artifact = await makeArtifact(folder(), 12 * MiB);
    const publication = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(publication, never), { state: "present" });
    const path = ".stylus-image/a/owners/b.json";
    assert.equal(await target.capabilities.records.create(path, "{}", never), "created");
    assert.deepEqual(await target.capabilities.records.list(".stylus-image/", never), [path]);
    await target.capabilities.records.remove(path, never);
    await target.remove(publication, never);
    assert.deepEqual(await target.find(publication, never), { state: "absent" });
    assert.deepEqual(await s3Target(spec()).checkAccess(needs, never), noFindings);
  });

  it("names the right to list where that is missing", async () => {
    await allow("s3:ListBucket");
    const { problems } = await s3Target(spec()).checkAccess(needs, never);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["publish.denied"],
    );
    assert.match(problems[0]?.message ?? "", /may not list images \(s3:ListBucket\)/);
  });

  it("is checked before anything is sent: without the right to write or to read, the check fails", async () => {
    for (const action of ["s3:PutObject", "s3:GetObject"]) {
      await allow(action);
      const { problems } = await s3Target(spec()).checkAccess(needs, never);
      assert.deepEqual(
        problems.map(({ code }) => code),
        ["publish.denied"],
        action,
      );
    }
    // Publishing needs no right to delete.
    await allow("s3:DeleteObject");
    assert.deepEqual(await s3Target(spec()).checkAccess(needs, never), noFindings);
  });

  for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:GetObject"]) {
    it(`has no right too many: without ${action} it does not do`, async () => {
      await allow(action);
      const target = s3Target(spec());
      const artifact = await makeArtifact(folder(), MiB);
      await assert.rejects(async () => {
        const publication = recorded(await target.publish(artifact, quietly()));
        const { state } = await target.find(publication, never);
        if (state !== "present") throw new Error(state);
        await target.remove(publication, never);
      });
    });
  }

  it("says that a bucket is not there, and how to make it", async () => {
    const { problems } = await s3Target({ ...spec(), bucket: "gone" }).checkAccess(needs, never);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", /\[publish\.(not-found|denied)\]/);
  });
});
