import assert from "node:assert/strict";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { s3Target } from "../../../../provider/targets/s3/target";
import { makeArtifact, MiB, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { bucket, useS3Server } from "./server";

const days = 24 * 60 * 60 * 1000;

describe("uploads that killed runs left in a bucket", () => {
  const folder = useFolder();
  const server = useS3Server();

  /** An upload of one part, started `age` ago; by default the part is as old. */
  async function leave(key: string, age: number, partAge = age): Promise<void> {
    const upload = { Bucket: bucket, Key: key };
    const { stranger, gateway } = server();
    const { UploadId } = await stranger.send(new CreateMultipartUploadCommand(upload));
    const part = { ...upload, UploadId, PartNumber: 1, Body: Buffer.alloc(MiB) };
    await stranger.send(new UploadPartCommand(part));
    const root = join(gateway.folder, bucket);
    for (const path of await readdir(root, { recursive: true })) {
      const [, below] = path.split(`${UploadId}`);
      if (below === undefined) continue;
      const time = new Date(Date.now() - (below === "" ? age : partAge));
      await utimes(join(root, path), time, time);
    }
  }
  const left = async (): Promise<string[]> => {
    const input = { Bucket: bucket };
    const { Uploads = [] } = await server().stranger.send(new ListMultipartUploadsCommand(input));
    return Uploads.map(({ Key = "" }) => Key);
  };
  const name = (image: string, more = "") =>
    `images/${image}-0123456789ab/${image}-ba9876543210.qcow2${more}`;

  const stays = {
    "of yesterday": [name("new"), 1 * days],
    "of somebody else's name": ["images/backup/2026-01-01.tar", 30 * days],
    "of a name that only looks like ours": [
      "images/a-0123456789ab/b-ba9876543210.qcow2",
      30 * days,
    ],
    "outside the target's prefix": [`other/${name("edge").slice("images/".length)}`, 30 * days],
  } as const;
  const listings = () =>
    server().proxy.requests.filter(
      ({ method, path }) =>
        method === "GET" && /[?&]uploads/.test(path) && path.includes("prefix=images%2F&"),
    ).length;

  for (const [verb, use] of [
    ["published", (target, artifact) => target.publish(artifact, quietly())],
    [
      "removed",
      async (target, artifact) => {
        const other = s3Target(server().spec());
        const published = recorded(await other.publish(artifact, quietly()));
        await leave(name("old"), 8 * days);
        await target.remove(published, never);
      },
    ],
  ] as const satisfies readonly (readonly [
    string,
    (
      target: ReturnType<typeof s3Target>,
      artifact: Awaited<ReturnType<typeof makeArtifact>>,
    ) => Promise<unknown>,
  ])[]) {
    it(`are given up where an image is ${verb}, after a week`, async () => {
      await leave(name("old"), 8 * days);
      await use(s3Target(server().spec()), await makeArtifact(folder(), 1000));
      assert.deepEqual(await left(), []);
    });
  }

  for (const [what, [key, age]] of Object.entries(stays)) {
    it(`stay where they are ${what}`, async () => {
      await leave(key, age);
      await s3Target(server().spec()).publish(await makeArtifact(folder(), 1000), quietly());
      assert.ok((await left()).includes(key));
    });
  }

  it("stay where they are still being written", async () => {
    await leave(name("slow"), 8 * days, 1 * days);
    await s3Target(server().spec()).publish(await makeArtifact(folder(), 1000), quietly());
    assert.ok((await left()).includes(name("slow")));
  });

  it("are asked for once by a target, and do no harm where the server does not answer", async () => {
    const target = s3Target(server().spec());
    server().proxy.add({
      fault: { type: "status", status: 403, code: "AccessDenied" },
      when: ({ path }) => /[?&]uploads/.test(path),
    });
    for (let count = 0; count < 3; count += 1) {
      await target.publish(await makeArtifact(folder(), 1000), quietly());
    }
    assert.equal(listings(), 1);
  });
});
