import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { presignPublication } from "../../../../provider/targets/presign";
import { s3Target } from "../../../../provider/targets/s3/target";
import type { Publication } from "../../../../provider/schema/state";
import {
  makeArtifact,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { useS3Server } from "./server";

describe("a presigned URL", () => {
  const folder = useFolder();
  const server = useS3Server();
  let published: Publication;
  before(async () => {
    const artifact = await makeArtifact(folder(), 100_000, "edge+a b");
    published = recorded(await s3Target(server().spec()).publish(artifact, quietly()));
    assert.equal(published.sha256, sha256(await readFile(artifact.path)));
  });
  const sign = (more: object = {}, publication = published) =>
    presignPublication(publication, { expiresIn: 3600, target: server().spec(), ...more }, never);

  it("gives the artifact to whoever has it, for as long as it says", async () => {
    const { url, warning } = await sign({ expiresIn: 604_800 });
    assert.equal(warning, undefined);
    assert.equal(new URL(url).searchParams.get("X-Amz-Expires"), "604800");
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.equal(sha256(Buffer.from(await answer.arrayBuffer())), published.sha256);
  });

  it("is worth nothing once it is altered", async () => {
    const { url } = await sign();
    assert.equal(
      (await fetch(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"))).status,
      403,
    );
  });

  it("of an OVA ends in its name, which the server gives the file as well", async () => {
    const { url } = await sign({}, { ...published, format: "ova", uri: published.uri });
    const name = published.uri.split("/").at(-1) ?? "";
    assert.ok(url.endsWith(encodeURIComponent(name)), url);
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-disposition"), `attachment; filename=${name}`);
  });

  it("gives the file the disposition that is asked for", async () => {
    const { url } = await sign({ contentDisposition: "inline" });
    assert.match(url, /response-content-disposition=inline$/);
    assert.equal((await fetch(url)).headers.get("content-disposition"), "inline");
  });

  it("asks nothing of the server", async () => {
    await sign();
    assert.deepEqual(server().proxy.requests, []);
  });

  it("needs no target where the environment has the credentials", async () => {
    const before = { ...process.env };
    const { accessKeyId, secretAccessKey, region } = server().gateway;
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
    });
    try {
      const { url } = await sign({ target: undefined });
      assert.equal((await fetch(url)).status, 200);
    } finally {
      process.env = before;
    }
  });

  it("ends with temporary credentials, and says so", async () => {
    const { url, warning } = await sign({ target: server().spec({ sessionToken: "token" }) });
    assert.match(url, /X-Amz-Security-Token=token/);
    assert.match(warning ?? "", /temporary, and it ends with them/);
  });

  for (const [what, more, text] of [
    ["more than 7 days", { expiresIn: 604_801 }, /expiresIn: must be 604800 seconds \(7 days\)/],
    ["no time", { expiresIn: 0 }, /expiresIn: must be a second/],
    ["a header's end", { contentDisposition: "a\r\nb" }, /contentDisposition: holds/],
    ["a target that is none", { target: { type: "s3" } }, /target\.bucket/],
  ] as const) {
    it(`is refused for ${what}`, () => assert.rejects(sign(more), fails("input.invalid", text)));
  }

  it("is refused at another target than the artifact's", () =>
    assert.rejects(
      sign({ target: server().spec({ prefix: "elsewhere" }) }),
      fails("input.invalid", /It lies at s3:\/\/image-store\/images/),
    ));

  it("is refused for what lies in no bucket", () =>
    assert.rejects(
      sign({ target: undefined }, { ...published, target: "directory:a", uri: "file:///a" }),
      fails("input.invalid", /Only what lies in a bucket/),
    ));
});
