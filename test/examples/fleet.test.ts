import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { previewThenUp, type Operations } from "../contract/operations";
import { bootImage } from "../e2e/boot-image";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { Example } from "./example";

const token = "a-token-of-the-fleet";
const sites = ["store-7", "store-8", "store-9"] as const;
type Site = (typeof sites)[number];

interface Outputs {
  readonly disk: string;
  readonly cds: Readonly<Record<Site, string>>;
}

describe("examples/fleet", () => {
  let s3: Versitygw;
  let example: Example;
  let first: Outputs;

  before(async () => {
    s3 = await startVersitygw();
    await s3.createBucket("fleet");
    example = await Example.copy("fleet", {
      config: { bucket: "fleet", endpoint: s3.endpoint },
      secrets: { edgeHostToken: token },
      env: { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
    });
  });
  after(async () => {
    await example.remove();
    await s3.stop();
  });

  const expect = async (operations: Operations): Promise<void> => {
    const { preview, up } = await previewThenUp(example.stack);
    assert.deepEqual(preview.operations, operations, preview.output);
    assert.deepEqual(up.operations, operations, up.output);
  };
  const outputs = () => example.stack.outputs<Outputs>();
  const fileOf = (url: string): string => join(s3.folder, new URL(url).pathname);

  it("makes one image, and a CD for each site", async () => {
    const created = { "store-7": "create", "store-8": "create", "store-9": "create" };
    await expect({ golden: "create", ...created });
    first = await outputs();
    assert.deepEqual(Object.keys(first.cds).sort(), [...sites]);
    assert.equal(new Set(Object.values(first.cds)).size, sites.length);
  });

  it("boots the same image as each of its sites", async () => {
    const consoles = sites.map((site) =>
      bootImage(fileOf(first.disk), { cd: fileOf(first.cds[site]) }),
    );
    for (const [index, console] of (await Promise.all(consoles)).entries()) {
      assert.match(console, /user-data of the site taken from the CD/);
      assert.match(console, new RegExp(`${sites[index]!} login:`));
    }
  });

  it("changes nothing the second time", async () => {
    await expect({ golden: "same", "store-7": "same", "store-8": "same", "store-9": "same" });
    assert.deepEqual(await outputs(), first);
  });

  it("gives another CD to the one site that changes", async () => {
    await example.edit("sites.ts", "time.graz.example.com", "clock.graz.example.com");
    await expect({ golden: "same", "store-7": "same", "store-8": "replace", "store-9": "same" });
    const { disk, cds } = await outputs();
    assert.notEqual(cds["store-8"], first.cds["store-8"]);
    assert.deepEqual({ disk, cds: { ...cds, "store-8": first.cds["store-8"] } }, first);
  });

  it("leaves the CDs alone when the image changes", async () => {
    await example.edit("user-data.yaml", "time.example.com", "clock.example.com");
    await expect({ golden: "replace", "store-7": "same", "store-8": "same", "store-9": "same" });
    assert.notEqual((await outputs()).disk, first.disk);
  });

  it("shows no token in its state", async () => {
    assert.ok(!(await example.stack.run(["stack", "export"])).output.includes(token));
  });

  it("leaves nothing", async () => {
    await example.stack.destroy();
    const names = await readdir(join(s3.folder, "fleet"), { recursive: true });
    assert.deepEqual(
      names.filter((name) => /\.(qcow2|iso)$/.test(name)),
      [],
    );
  });
});
