import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatNames } from "../../provider/schema/names";
import { serveFile, type FileServer } from "../servers/http-files";
import { standInInstaller } from "../servers/stand-in";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { bootImage } from "./boot-image";
import { runningProcesses } from "./processes";
import { countQemu, type QemuCounter } from "./qemu-counter";
import { findSecret, plantedSecrets } from "./secret-search";
import { Stack } from "./stack";

const token = "tok-9f8e7d6c5b4a3210-edge/host+token=";
const password = "correct horse battery & staple";

/** Bucket and image in one program: the bucket's name is unknown in the first preview. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { StylusImage } from "pulumi-stylus-image";
import { S3Client, CreateBucketCommand, DeleteBucketCommand } from "@aws-sdk/client-s3";

const config = new pulumi.Config();
const endpoint = config.require("endpoint");

class Bucket extends pulumi.dynamic.Resource {
  declare public readonly bucket: pulumi.Output<string>;
  constructor(name: string) {
    const client = () => {
      const { S3Client } = require("@aws-sdk/client-s3");
      return new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true });
    };
    super(
      {
        async create() {
          const { CreateBucketCommand } = require("@aws-sdk/client-s3");
          await client().send(new CreateBucketCommand({ Bucket: "images" }));
          return { id: "images", outs: { bucket: "images" } };
        },
        async delete() {
          const { DeleteBucketCommand } = require("@aws-sdk/client-s3");
          await client().send(new DeleteBucketCommand({ Bucket: "images" }));
        },
      },
      name,
      { bucket: undefined },
    );
  }
}

const bucket = config.getBoolean("shared") === true ? "images" : new Bucket("bucket").bucket;

const image = new StylusImage("edge", {
  installer: config.require("installer"),
  palette: { endpoint: "api.example.com", edgeHostToken: config.requireSecret("token") },
  users: [{ name: "ops", password: config.requireSecret("password") }],
  machine: { diskSize: "1GiB", memory: "1536MiB" },
  formats: ["raw", "qcow2", "vmdk", "ova", "vhd", "gce", "containerdisk", "iso"],
  publishTo: [{ type: "s3", bucket, endpoint, region: "us-east-1", prefix: "edge" }],
});

export const artifacts = image.artifacts;
export const installKey = image.installKey;
export const qcow2Url = image.artifact("qcow2").url;
`;

interface Outputs {
  readonly artifacts: readonly {
    readonly format: string;
    readonly uri: string;
    readonly url: string;
    readonly sha256: string;
    readonly sizeBytes: number;
  }[];
  readonly installKey: string;
  readonly qcow2Url: string;
}

describe("An image through the real engine, from preview to destroy", function () {
  let s3: Versitygw;
  let iso: FileServer;
  let qemu: QemuCounter;
  let work: string;
  let stack: Stack;
  let other: Stack;
  const logs: string[] = [];

  const keep = <T extends { output: string }>(ran: T): T => {
    logs.push(ran.output);
    return ran;
  };
  const objects = async (): Promise<string[]> => {
    const names = await readdir(join(s3.folder, "images"), { recursive: true });
    return names.filter((name) => /\.(raw\.zst|qcow2|vmdk|ova|vhd|gz|tar|iso)$/.test(name)).sort();
  };
  const stackNamed = (name: string, more: Record<string, string> = {}): Promise<Stack> =>
    Stack.create({
      name,
      program,
      cache: join(work, `cache-${name}`),
      backend: join(work, "backend"),
      path: [qemu.folder],
      env: {
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        TMPDIR: join(work, "tmp"),
      },
      config: { installer: `${iso.url}?signature=query-${name}`, endpoint: s3.endpoint, ...more },
      secrets: { token, password },
    });

  before(async () => {
    work = await mkdtemp(join(tmpdir(), "lifecycle-"));
    await mkdir(join(work, "tmp"));
    s3 = await startVersitygw();
    qemu = await countQemu();
    iso = await serveFile({ content: await readFile(await standInInstaller()) });
    stack = await stackNamed("one");
  });

  after(async () => {
    await Promise.all([s3.stop(), iso.close(), qemu.remove()]);
    await rm(work, { recursive: true, force: true });
  });

  it("previews without building, downloading or publishing", async () => {
    const { output } = keep(await stack.preview());
    assert.match(output, /StylusImage/);
    assert.equal(await qemu.installs(), 0);
    assert.ok(iso.log.every(({ range }) => range === "bytes=0-0"));
    assert.deepEqual(await readdir(s3.folder), []);
  });

  it("installs once, verifies and publishes every format", async () => {
    keep(await stack.up());
    assert.equal(await qemu.installs(), 1);
    assert.equal(await qemu.verifications(), 1);
    const { artifacts } = await stack.outputs<Outputs>();
    assert.deepEqual(artifacts.map(({ format }) => format).sort(), [...formatNames].sort());
    assert.equal((await objects()).length, formatNames.length);
  });

  it("publishes formats with the same content, which boots and is complete", async () => {
    const published = await objects();
    const path = (extension: string): string =>
      join(s3.folder, "images", published.find((name) => name.endsWith(extension)) ?? "");
    const raw = join(work, "published.raw");
    await execa("zstd", ["-dq", "--sparse", path(".raw.zst"), "-o", raw]);
    const [qcow2, vmdk, vhd] = [path(".qcow2"), path(".vmdk"), path(".vhd")];
    for (const [driver, disk] of Object.entries({ qcow2, vmdk, vpc: vhd })) {
      await execa("qemu-img", ["compare", "-f", "raw", "-F", driver, raw, disk]);
    }
    const console = await bootImage(qcow2);
    assert.match(console, /installed system is up \(COS_ACTIVE\)/);
  });

  it("changes nothing the second time", async () => {
    const { output } = keep(await stack.up("--expect-no-changes"));
    assert.match(output, /unchanged/);
    assert.equal(await qemu.installs(), 1);
  });

  it("shows no change downstream in a preview of an unchanged image", async () => {
    const { output } = keep(await stack.preview("--expect-no-changes"));
    assert.doesNotMatch(output, /\[unknown\]|output<string>/);
  });

  it("republishes an object that was deleted behind its back, without an install", async () => {
    const [gone] = (await objects()).filter((name) => name.endsWith(".qcow2"));
    assert.ok(gone !== undefined);
    await rm(join(s3.folder, "images", gone));
    keep(await stack.refresh());
    assert.ok(!(await objects()).includes(gone));
    keep(await stack.up());
    assert.ok((await objects()).includes(gone));
    assert.equal(await qemu.installs(), 1);
  });

  it("is adopted by another stack on another machine, without an install", async () => {
    other = await stackNamed("two", { shared: "true" });
    keep(await other.up());
    assert.equal(await qemu.installs(), 1);
    const [mine, theirs] = [await stack.outputs<Outputs>(), await other.outputs<Outputs>()];
    assert.deepEqual(theirs.artifacts, mine.artifacts);
  });

  it("stays whole when the other stack is destroyed", async () => {
    keep(await other.destroy());
    assert.equal((await objects()).length, formatNames.length);
    keep(await stack.refresh());
    keep(await stack.up("--expect-no-changes"));
  });

  it("keeps its state when the server answers 403", async () => {
    const denied = { AWS_ACCESS_KEY_ID: "AKIAWRONGWRONGWR", AWS_SECRET_ACCESS_KEY: "wrong" };
    const refused = await execa(
      "pulumi",
      ["refresh", "--yes", "--skip-preview", "--non-interactive"],
      {
        cwd: stack.folder,
        env: { ...stack.environment(), ...denied },
        all: true,
        stdin: "ignore",
      },
    );
    logs.push(refused.all);
    assert.match(refused.all, /could not be checked/);
    keep(await stack.up("--expect-no-changes"));
  });

  it("replaces the image when another ISO stands behind the same URL, and removes the old one after", async () => {
    const before = await objects();
    iso.behaviour.content = await readFile(await standInInstaller({ payload: "5MiB" }));
    iso.behaviour.etag = '"v2"';
    // The server's answer is remembered for ten minutes; pretend that they have passed.
    await rm(join(work, "cache-one", "stylus-image", "answers"), { recursive: true });
    const { output } = keep(await stack.preview());
    assert.match(output, /replace/);
    keep(await stack.up());
    assert.equal(await qemu.installs(), 2);
    const now = await objects();
    assert.equal(now.length, formatNames.length);
    assert.deepEqual(
      now.filter((name) => before.includes(name)),
      [],
    );
  });

  it("shows its secrets nowhere", async () => {
    const texts = {
      state: await stack.stateText(),
      export: (await stack.run(["stack", "export"])).output,
      logs: logs.join("\n"),
      preview: (await stack.preview()).output,
      qemu: await readFile(join(qemu.folder, "starts.log"), "utf8"),
      s3: await readFile(s3.logFile, "utf8"),
    };
    for (const secret of [token, password]) {
      // Proves that the search finds the secret where it exists.
      for (const planted of plantedSecrets(secret)) assert.ok(findSecret(planted, secret));
      for (const [place, text] of Object.entries(texts)) {
        assert.equal(findSecret(text, secret), undefined, `${place} holds a secret`);
      }
      const found = await execa(
        "grep",
        ["-rlF", "--exclude=*.raw", "--exclude=*.vhd", secret, work],
        {
          reject: false,
        },
      );
      assert.equal(found.stdout, "", "a file holds a secret");
    }
  });

  it("leaves nothing behind", async () => {
    keep(await stack.destroy());
    // The server's lock folder is not a bucket.
    const buckets = (await readdir(s3.folder)).filter((name) => name !== ".vgwlocks");
    assert.deepEqual(buckets, []);
    assert.deepEqual(await runningProcesses(work), []);
    // Pulumi and Node write files of their own there.
    const left = (await readdir(join(work, "tmp"))).filter((name) => /stylus/.test(name));
    assert.deepEqual(left, []);
  });
});
