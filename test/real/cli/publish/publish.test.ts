import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { GiB, MiB } from "../../../../provider/base/size";
import { startDockerRegistry, type DockerRegistry } from "../../../servers/docker-registry";
import { startFaultProxy, type FaultProxy } from "../../../servers/fault-proxy";
import { startNginx, type Nginx } from "../../../servers/nginx";
import { startVersitygw, type Versitygw } from "../../../servers/versitygw";
import { libraryName, useVsphereServer } from "../../targets/vsphere/server";
import { compiledCli, runCli, startCli } from "../compiled-cli";

const documentSchema = z.object({
  files: z.array(
    z.object({
      file: z.string(),
      id: z.string(),
      remove: z.string(),
      publications: z.array(
        z.object({
          format: z.string(),
          target: z.string(),
          uri: z.string(),
          url: z.string(),
          sizeBytes: z.number(),
          sha256: z.string().optional(),
          mediaType: z.string(),
        }),
      ),
    }),
  ),
});

describe("publish", function () {
  this.timeout(300_000);
  let cwd = "";
  let env: Record<string, string> = {};
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-publish-"));
    env = { XDG_CACHE_HOME: join(cwd, "cache") };
    const disk = await open(join(cwd, "disk.raw"), "w");
    await disk.truncate(GiB);
    await disk.write(Buffer.from([0x55, 0xaa]), 0, 2, 510);
    await disk.write(randomBytes(MiB), 0, MiB, 64 * MiB);
    await disk.close();
    const args = ["convert", "disk.raw", "--format", "qcow2,ova,containerdisk", "--to", "."];
    const ended = await runCli(args, { cwd });
    assert.equal(ended.exitCode, 0, ended.stderr);
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const cli = (...args: readonly string[]) => runCli(args, { cwd, env });
  const publish = (...args: readonly string[]) => cli("publish", ...args);
  async function published(...args: readonly string[]) {
    const ended = await publish(...args, "--json");
    assert.equal(ended.exitCode, 0, ended.stderr);
    return documentSchema.parse(JSON.parse(ended.stdout)).files;
  }
  /** Runs the removal command of a result, without the name of the program. */
  async function runRemoval(command: string) {
    const ended = await cli(...command.split(" ").slice(1));
    assert.equal(ended.exitCode, 0, ended.stderr);
    return ended;
  }
  const hash = async (path: string) =>
    createHash("sha256")
      .update(await readFile(join(cwd, path)))
      .digest("hex");
  const pathOf = ({ url }: { url: string }) => fileURLToPath(url);
  const stamp = async (path: string) => {
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${mtimeNs}`;
  };

  describe("to a folder", () => {
    it("copies each file under a name with its content's hash, and prints all publications as JSON", async () => {
      const files = await published("disk.qcow2", "disk.ova", "disk.raw", "--to", "one");
      assert.deepEqual(
        files.map(({ file }) => file),
        ["disk.qcow2", "disk.ova", "disk.raw"].map((name) => join(cwd, name)),
      );
      for (const { file, id, publications } of files) {
        const [publication] = publications;
        assert.ok(publication !== undefined && publications.length === 1);
        const path = pathOf(publication);
        assert.equal(dirname(path), join(cwd, "one", id));
        assert.equal((await stat(path)).size, publication.sizeBytes);
        await execa("cmp", [file, path]);
      }
      const [qcow2, , raw] = files;
      assert.ok(qcow2 !== undefined);
      const sha256 = await hash("disk.qcow2");
      assert.equal(qcow2.publications[0]?.sha256, sha256);
      assert.equal(qcow2.id, `disk-${sha256.slice(0, 12)}`);
      // The name of a raw disk is computed from its content without holes.
      assert.equal(raw?.publications[0]?.sha256, undefined);
      const { blocks } = await stat(pathOf(raw?.publications[0] ?? { url: "" }));
      assert.ok(blocks * 512 < 64 * MiB, "holes stay holes");
    });

    it("prints lines with the command that removes the file", async () => {
      const { exitCode, stdout } = await publish("disk.qcow2", "--to", "one");
      assert.equal(exitCode, 0);
      const sha256 = await hash("disk.qcow2");
      const id = `disk-${sha256.slice(0, 12)}`;
      assert.match(
        stdout,
        new RegExp(`^qcow2 {2}${cwd}/one/${id}/disk-[0-9a-f]{12}\\.qcow2$`, "m"),
      );
      assert.match(stdout, new RegExp(`^ {2}uri {5}file://${cwd}/one/${id}/`, "m"));
      assert.match(stdout, /^ {2}size {4}[\d.]+ MiB \(\d+ bytes\)$/m);
      assert.ok(stdout.includes(`  sha256  ${sha256}\n`));
      assert.ok(stdout.includes(`  remove  stylus-image remove ${id} --to one\n`));
    });

    it("writes nothing if a file with the same content is already published", async () => {
      const [before] = await published("disk.qcow2", "--to", "one");
      const path = pathOf(before?.publications[0] ?? { url: "" });
      const was = await stamp(path);
      await mkdir(join(cwd, "elsewhere"), { recursive: true });
      await execa("cp", ["disk.qcow2", "elsewhere/disk.qcow2"], { cwd });
      await utimes(join(cwd, "elsewhere/disk.qcow2"), 1, 1);
      const [after] = await published("elsewhere/disk.qcow2", "--to", "one");
      assert.deepEqual(after?.publications, before?.publications);
      assert.equal(await stamp(path), was);
    });

    it("treats a raw disk with filled holes as the same content", async () => {
      const [before] = await published("disk.raw", "--to", "one");
      await mkdir(join(cwd, "full"), { recursive: true });
      await execa("cp", ["--sparse=never", "disk.raw", "full/disk.raw"], { cwd });
      const [after] = await published("full/disk.raw", "--to", "one");
      assert.deepEqual(after?.publications, before?.publications);
      await rm(join(cwd, "full"), { recursive: true });
    });

    it("gives different content a different name", async () => {
      await execa("cp", ["disk.qcow2", "other.qcow2"], { cwd });
      await appendFile(join(cwd, "other.qcow2"), Buffer.alloc(512));
      const [one] = await published("disk.qcow2", "--to", "names", "--name", "edge");
      const [other] = await published("other.qcow2", "--to", "names", "--name", "edge");
      assert.match(one?.id ?? "", /^edge-/);
      assert.notEqual(one?.id, other?.id);
      assert.deepEqual(
        (await readdir(join(cwd, "names"))).sort().filter((name) => !name.startsWith(".")),
        [one?.id, other?.id].sort(),
      );
    });

    it("never overwrites a different file of the same name", async () => {
      const [file] = await published("disk.ova", "--to", "taken");
      const path = pathOf(file?.publications[0] ?? { url: "" });
      await rm(join(cwd, "taken/.stylus-image"), { recursive: true });
      await rm(join(cwd, "cache"), { recursive: true });
      await writeFile(path, "another's");
      const ended = await publish("disk.ova", "--to", "taken");
      assert.equal(ended.exitCode, 1);
      assert.match(ended.stderr, /already exists with other content.*\[publish\.name-taken\]/);
      assert.equal(await readFile(path, "utf8"), "another's");
      // A failed publication leaves no owner marker.
      const removal = await cli("remove", file?.id ?? "", "--to", "taken");
      assert.equal(removal.exitCode, 2);
      assert.equal(await readFile(path, "utf8"), "another's");
    });

    it("moves an altered publication aside and publishes the file again", async () => {
      const [file] = await published("disk.ova", "--to", "altered");
      const path = pathOf(file?.publications[0] ?? { url: "" });
      await writeFile(path, "a virtual machine wrote this");
      await published("disk.ova", "--to", "altered");
      await execa("cmp", [path, join(cwd, "disk.ova")]);
      assert.equal(await readFile(`${path}.altered-1`, "utf8"), "a virtual machine wrote this");
    });

    it("prints a command for each file that removes it", async () => {
      const files = await published("disk.qcow2", "disk.ova", "--to", "gone");
      const [first, second] = files;
      await runRemoval(first?.remove ?? "");
      assert.equal(existsSync(pathOf(first?.publications[0] ?? { url: "" })), false);
      assert.equal(existsSync(pathOf(second?.publications[0] ?? { url: "" })), true);
      await runRemoval(second?.remove ?? "");
      assert.deepEqual(await readdir(join(cwd, "gone")), [".stylus-image"]);
      assert.deepEqual((await readdir(join(cwd, "gone/.stylus-image"))).sort(), [
        "lock",
        "machine.json",
        "place.json",
      ]);
    });

    it("keeps a file that is also published under another name", async () => {
      const [one] = await published("disk.ova", "--to", "shared", "--name", "one");
      const [two] = await published("disk.ova", "--to", "shared", "--name", "two");
      const { stdout } = await runRemoval(one?.remove ?? "");
      assert.match(stdout, /^kept .*owned by cli/m);
      assert.equal(existsSync(pathOf(two?.publications[0] ?? { url: "" })), true);
      await runRemoval(two?.remove ?? "");
      for (const file of [one, two]) {
        assert.equal(existsSync(pathOf(file?.publications[0] ?? { url: "" })), false);
      }
    });

    it("removes the cache's record with the last publication", async () => {
      await execa("cp", ["disk.ova", "places.ova"], { cwd });
      await appendFile(join(cwd, "places.ova"), Buffer.alloc(512));
      const [here] = await published("places.ova", "--to", "here");
      const [there] = await published("places.ova", "--to", "there");
      const key = (here?.publications[0]?.sha256 ?? "none").slice(0, 12);
      const known = async () =>
        (await readdir(join(cwd, "cache/stylus-image/.stylus-image"))).filter((name) =>
          name.startsWith(key),
        );
      await runRemoval(here?.remove ?? "");
      assert.equal((await known()).length, 1);
      assert.equal(existsSync(pathOf(there?.publications[0] ?? { url: "" })), true);
      await runRemoval(there?.remove ?? "");
      assert.deepEqual(await known(), []);
    });

    it("adds a record without a head, which no image is adopted from", async () => {
      const [file] = await published("disk.ova", "--to", "listed");
      const { exitCode, stdout } = await cli("inspect", "listed");
      assert.equal(exitCode, 0);
      assert.match(stdout, /^head +none: the file was published by/m);
      assert.ok(stdout.includes(pathOf(file?.publications[0] ?? { url: "" })));
    });

    it("uses --format for ambiguous files, and refuses a format that the content contradicts", async () => {
      await execa("sh", ["-c", "cp disk.qcow2 whole.img; truncate -s %512 whole.img"], { cwd });
      const ambiguous = await publish("whole.img", "--to", "forced");
      assert.equal(ambiguous.exitCode, 2);
      assert.match(ambiguous.stderr, /whole\.img: is named as raw and looks like qcow2/);
      const [forced] = await published("whole.img", "--to", "forced", "--format", "raw");
      assert.match(forced?.publications[0]?.url ?? "", /\.raw$/);
      const wrong = await publish("disk.ova", "--to", "forced", "--format", "iso");
      assert.equal(wrong.exitCode, 2);
      assert.match(wrong.stderr, /disk\.ova: is no iso, as --format says: it looks like ova/);
    });

    it("publishes nothing of a file that changes meanwhile", async () => {
      const path = join(cwd, "restless.raw");
      await execa("cp", ["--sparse=never", "disk.raw", path], { cwd });
      const running = startCli(await compiledCli(), ["publish", path, "--to", "restless"], {
        cwd,
        env,
      });
      const writer = setInterval(() => void utimes(path, Date.now() / 1000, Date.now() / 1000), 20);
      const ended = await running.finally(() => clearInterval(writer));
      assert.equal(ended.exitCode, 1, ended.stdout);
      assert.match(
        ended.stderr,
        /restless\.raw changed while it was published.*\[publish\.failed\]/,
      );
      assert.deepEqual(await readdir(join(cwd, "restless")), [".stylus-image"]);
    });
  });

  it("reports all problems at once, and sends nothing", async () => {
    await writeFile(join(cwd, "notes.txt"), "no image\n".repeat(200));
    await execa("truncate", ["-s", "33G", "huge.raw"], { cwd });
    const targets = ["--to", "never", "--to", "s3://", "--to", "http://localhost:9/x"];
    const files = ["disk.qcow2", "notes.txt", "gone.raw", "huge.raw", "cache/../cache"];
    await mkdir(join(cwd, "cache"), { recursive: true });
    const ended = await publish(...files, ...targets, "--oci-tag", "newest", "--name", "a/b");
    assert.equal(ended.exitCode, 2);
    for (const message of [
      /--name: must be at most 50 letters/,
      /--to \(publishTo\[1\]\.bucket\)/,
      /--to: names no oci:/,
      /notes\.txt: looks like none of the formats/,
      /gone\.raw: cannot be read: there is no such file/,
      /huge\.raw: would upload all 33 GiB .*`stylus-image convert --format qcow2`/,
      /cache: cannot be read: it is a folder/,
    ]) {
      assert.match(ended.stderr, message);
    }
    assert.equal(existsSync(join(cwd, "never")), false);
  });

  describe("to a bucket", () => {
    let gateway: Versitygw;
    let proxy: FaultProxy;
    before(async () => {
      gateway = await startVersitygw();
      await gateway.createBucket("store");
      proxy = await startFaultProxy(gateway.port);
      env = {
        ...env,
        AWS_ACCESS_KEY_ID: gateway.accessKeyId,
        AWS_SECRET_ACCESS_KEY: gateway.secretAccessKey,
        AWS_REGION: gateway.region,
      };
    });
    beforeEach(() => proxy.reset());
    after(async () => {
      await proxy.stop();
      await gateway.stop();
    });
    const to = () => ["--to", "s3://store/images", "--s3-endpoint", proxy.endpoint];
    const sent = (large = 100_000) =>
      proxy.requests.filter(
        ({ method, receivedBytes }) => method === "PUT" && receivedBytes > large,
      );

    it("sends a file once, and removes it with its record", async () => {
      const [first] = await published("disk.qcow2", ...to());
      assert.equal(sent().length, 1);
      const [publication] = first?.publications ?? [];
      assert.match(publication?.uri ?? "", /^s3:\/\/store\/images\/disk-[0-9a-f]{12}\/disk-/);
      const there = join(gateway.folder, (publication?.uri ?? "").slice("s3://".length));
      await execa("cmp", [join(cwd, "disk.qcow2"), there]);
      proxy.reset();
      const [again] = await published("disk.qcow2", ...to());
      assert.deepEqual(again, first);
      assert.deepEqual(sent(), []);
      await runRemoval(first?.remove ?? "");
      const { stdout: left } = await execa("find", [join(gateway.folder, "store"), "-type", "f"]);
      assert.equal(left, "");
    });

    it("resumes an upload after it was killed", async () => {
      const bytes = randomBytes(32 * MiB);
      await writeFile(join(cwd, "large.raw"), Buffer.concat([bytes, bytes, bytes, bytes]));
      proxy.add({
        fault: { type: "hold" },
        when: ({ path }) => path.includes("partNumber=4"),
      });
      const args = ["publish", "large.raw", ...to()];
      const running = startCli(await compiledCli(), args, { cwd, env });
      while (!proxy.requests.some(({ path }) => path.includes("partNumber=4"))) await delay(50);
      while (proxy.requests.filter(({ status }) => status === 200).length < 4) await delay(50);
      while (!sent(MiB).some(({ status }) => status === 200)) await delay(50);
      await delay(1000);
      running.kill("SIGKILL");
      await running;
      const before = sent(MiB).filter(({ status }) => status === 200).length;
      assert.ok(before > 0 && before < 4, `${before} parts were sent`);
      proxy.reset();
      const [file] = await published("large.raw", ...to());
      assert.equal(sent(MiB).length, 4 - before);
      const there = (file?.publications[0]?.uri ?? "").slice("s3://".length);
      await execa("cmp", [join(cwd, "large.raw"), join(gateway.folder, there)]);
      await runRemoval(file?.remove ?? "");
    });

    it("publishes to the other targets after a failure, reports each failure, and continues in the next run", async () => {
      proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" } });
      const args = ["disk.qcow2", "disk.ova", "--to", "both", ...to()];
      const ended = await publish(...args);
      assert.equal(ended.exitCode, 1);
      assert.match(ended.stderr, /^error: 2 publications failed\. .*\[publish\.denied\]$/m);
      assert.match(ended.stderr, /disk\.qcow2 to s3:\/\/store\/images .*\[publish\.denied\]/);
      assert.match(ended.stderr, /disk\.ova to s3:\/\/store\/images .*\[publish\.denied\]/);
      assert.equal(ended.stderr.match(/Published so far: .*\/both\/disk-/g)?.length, 2);
      proxy.reset();
      const files = await published(...args);
      assert.deepEqual(
        files.map(({ publications }) => publications.length),
        [2, 2],
      );
      for (const { remove } of files) await runRemoval(remove);
      assert.deepEqual(await readdir(join(cwd, "both")), [".stylus-image"]);
    });
  });

  it("publishes to a web server and removes it again, without printing its token", async () => {
    const nginx: Nginx = await startNginx({ kind: "webdav", authorization: "Bearer secret-1" });
    try {
      await writeFile(join(cwd, "headers"), "Authorization: Bearer secret-1\n");
      const to = ["--to", `${nginx.origin}/images`, "--to-header", "@headers"];
      const [file] = await published("disk.ova", ...to);
      const answer = await fetch(file?.publications[0]?.url ?? "");
      const bytes = Buffer.from(await answer.arrayBuffer());
      assert.ok(bytes.equals(await readFile(join(cwd, "disk.ova"))));
      await nginx.clearLog();
      await published("disk.ova", ...to);
      assert.ok((await nginx.accessLog()).every(({ method }) => method !== "PUT"));
      const literalHeader = [
        "--to",
        `${nginx.origin}/images`,
        "--to-header",
        "Authorization: Bearer secret-1",
      ];
      const { stdout, stderr } = await publish("disk.ova", ...literalHeader);
      assert.ok(!`${stdout}${stderr}`.includes("secret-1"));
      assert.match(stdout, /remove .*--to-header @FILE$/m);
      await runRemoval(file?.remove ?? "");
      assert.equal((await fetch(file?.publications[0]?.url ?? "")).status, 404);
    } finally {
      await nginx.stop();
    }
  });

  describe("to a registry", () => {
    let registry: DockerRegistry;
    before(async () => {
      registry = await startDockerRegistry();
    });
    after(() => registry.stop());

    it("pushes a container image archive as an image, and other files as artifacts", async () => {
      const to = ["--to", `oci://${registry.host}/team/edge`, "--oci-plain-http"];
      const files = await published("disk.oci.tar", "disk.qcow2", ...to);
      const [image, artifact] = files.map(({ publications }) => publications[0]?.url ?? "");
      const options = ["inspect", "--tls-verify=false"];
      const { stdout } = await execa("skopeo", [...options, `docker://${image}`]);
      assert.match(stdout, /"Architecture": "amd64"/);
      const manifest = await execa("skopeo", [...options, "--raw", `docker://${artifact}`]);
      assert.ok(manifest.stdout.includes(await hash("disk.qcow2")));
      const writes = async () =>
        (await registry.accessLog()).filter(({ method }) => ["PUT", "PATCH"].includes(method));
      const before = (await writes()).length;
      await published("disk.oci.tar", "disk.qcow2", ...to);
      assert.equal((await writes()).length, before);
      for (const { remove } of files) await runRemoval(remove);
      const gone = await execa("skopeo", [...options, `docker://${image}`], { reject: false });
      assert.notEqual(gone.exitCode, 0);
    });

    it("refuses one tag for two files before anything is sent", async () => {
      const to = ["--to", `oci://${registry.host}/team/tag`, "--oci-plain-http"];
      const ended = await publish("disk.ova", "disk.qcow2", ...to, "--oci-tag", "newest");
      assert.equal(ended.exitCode, 2);
      assert.match(ended.stderr, /--oci-tag .*can name one file only/);
    });
  });

  describe("to vSphere", () => {
    const server = useVsphereServer();
    const to = () => {
      const { vcenter, certificate, address } = server();
      env = { ...env, VSPHERE_USER: vcenter.username, VSPHERE_PASSWORD: vcenter.password };
      const library = `vsphere://${address}/library/${encodeURIComponent(libraryName)}`;
      return ["--to", library, "--vsphere-thumbprint", certificate.sha256];
    };
    const puts = () => server().proxy.requests.filter(({ method }) => method === "PUT");

    it("publishes an OVA to a content library once, and removes it again", async () => {
      // A file of its own: the owners at a target without records are read from its other targets.
      await execa("sh", ["-c", "cp disk.ova library.ova; head -c 512 /dev/zero >>library.ova"], {
        cwd,
      });
      const [file] = await published("library.ova", ...to());
      assert.match(file?.publications[0]?.uri ?? "", /^vsphere:\/\/.*\/library-[0-9a-f]{12}\.ova$/);
      assert.ok(puts().length > 0);
      server().proxy.reset();
      await published("library.ova", ...to());
      assert.deepEqual(puts(), []);
      const { stdout } = await runRemoval(file?.remove ?? "");
      assert.match(stdout, /^removed {2}ova/m);
    });

    it("refuses a format that no target accepts, and publishes to the targets that accept it", async () => {
      const refused = await publish("disk.qcow2", ...to());
      assert.equal(refused.exitCode, 2);
      assert.match(refused.stderr, /disk\.qcow2: is a qcow2, which none of these targets accepts/);
      const files = await published("disk.qcow2", "disk.ova", "--to", "beside", ...to());
      assert.deepEqual(
        files.map(({ publications }) => publications.length),
        [1, 2],
      );
    });
  });
});
