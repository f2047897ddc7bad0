import assert from "node:assert/strict";
import { ListMultipartUploadsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { ErrorCode } from "../../../../provider/base/errors";
import { noFindings, type AccessFindings } from "../../../../provider/targets/access";
import { s3Target } from "../../../../provider/targets/s3/target";
import { never } from "../../../support/artifacts";
import { needs } from "../access";
import { bucket, useS3Server } from "./server";

function assertOnly({ problems }: AccessFindings, code: ErrorCode, ...texts: RegExp[]): void {
  assert.deepEqual(
    problems.map((it) => it.code),
    [code],
    problems.map(({ message }) => message).join("\n"),
  );
  for (const text of texts) assert.match(problems[0]?.message ?? "", text);
}

describe("asking a bucket", () => {
  const server = useS3Server();
  const check = (more: Record<string, unknown> = {}): Promise<AccessFindings> =>
    s3Target(server().spec(more)).checkAccess(needs, never);
  const isBegin = ({ method, path }: { method: string; path: string }) =>
    method === "POST" && path.includes("uploads");

  it("refuses a missing bucket, and says how to make it", async () => {
    const found = await check({ bucket: "missing" });
    assertOnly(found, "publish.not-found", /aws s3 mb s3:\/\/missing --region/);
  });

  it("refuses wrong credentials and a dead server with one problem each", async () => {
    assertOnly(await check({ secretAccessKey: "wrong" }), "publish.denied");
    assertOnly(await check({ endpoint: "http://127.0.0.1:9" }), "publish.unreachable");
  });

  it("refuses credentials that may read and not write, before a byte is sent", async () => {
    server().proxy.add({
      fault: { type: "status", status: 403, code: "AccessDenied" },
      when: isBegin,
    });
    assertOnly(await check(), "publish.denied", /begin an upload/, /s3:PutObject/);
    assert.equal(
      server().proxy.requests.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
      0,
    );
  });

  it("says nothing of a server without uploads in parts", async () => {
    server().proxy.add({
      fault: { type: "status", status: 501, code: "NotImplemented" },
      when: isBegin,
    });
    assert.deepEqual(await check(), noFindings);
  });

  it("shows no object if the upload cannot be aborted, and a killed check leaves no more than that", async () => {
    server().proxy.add({
      fault: { type: "status", status: 403, code: "AccessDenied" },
      when: ({ method }) => method === "DELETE",
    });
    assert.deepEqual(await check(), noFindings);
    const { stranger } = server();
    const { Contents } = await stranger.send(new ListObjectsV2Command({ Bucket: bucket }));
    assert.equal(Contents, undefined);
    const { Uploads } = await stranger.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    // `abortStaleUploads` removes uploads of such a name.
    assert.deepEqual(
      Uploads?.map(({ Key }) => Key),
      ["images/check-000000000000/check-000000000000.probe"],
    );
  });
});
