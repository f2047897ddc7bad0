import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cliInstance } from "../../../../provider/cli/input/cli-instance";
import { cliOwner } from "../../../../provider/plan/record";
import { directoryRecords } from "../../../../provider/targets/directory/records";
import { httpTarget } from "../../../../provider/targets/http/target";
import { addPublication, claimHead } from "../../../../provider/records/record";
import { setMarker } from "../../../../provider/records/markers";
import type { RecordStore } from "../../../../provider/targets/record-store";
import type { Publication } from "../../../../provider/schema/state";
import { startNginx, type Nginx } from "../../../servers/nginx";
import { entryOf, head, installKey } from "../../../unit/agent/samples";
import { makeArtifact, never, quietly } from "../../../support/artifacts";
import { httpSpec } from "../../targets/http/spec";
import { runCli } from "../compiled-cli";

const token = "secret-for-tests-only";

describe("remove from a web server, which keeps no records", function () {
  this.timeout(300_000);
  let folder = "";
  let nginx: Nginx;
  let cache: RecordStore;
  let published: Publication;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-remove-"));
    nginx = await startNginx({ kind: "webdav", authorization: `Bearer ${token}` });
    await writeFile(join(folder, "headers"), `Authorization: Bearer ${token}\n`);
  });
  after(async () => {
    await nginx.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The state after `build`: a published file, and its record in the cache. */
  beforeEach(async () => {
    const headers = { Authorization: `Bearer ${token}` };
    const target = httpTarget(httpSpec(url(), { headers }), { rootDirectory: folder });
    const artifact = await makeArtifact(folder, 1000);
    published = { ...(await target.publish(artifact, quietly())), encoder: "qemu-img 7.2" };
    await rm(join(folder, "cache"), { recursive: true, force: true });
    cache = directoryRecords(join(folder, "cache", "stylus-image"), "the local cache");
    await claimHead(cache, head, never);
    await addPublication(cache, installKey, entryOf(published), never);
    await own(cache);
  });

  const url = () => `${nginx.origin}/images`;
  const isThere = () => existsSync(join(nginx.folder, new URL(published.uri).pathname));
  const own = (store: RecordStore) => {
    const time = "2026-01-01T00:00:00.000Z";
    const marker = { instance: cliInstance("edge"), owner: cliOwner, time, state: "live" } as const;
    return setMarker(store, installKey, marker, never);
  };
  async function remove(...more: readonly string[]) {
    const to = ["remove", "--to", url(), "--to-header", "@headers", ...more];
    const env = { XDG_CACHE_HOME: join(folder, "cache") };
    const ended = await runCli(to, { cwd: folder, env });
    assert.ok(!`${ended.stdout}${ended.stderr}`.includes(token));
    return ended;
  }

  it("finds the publication in the cache and removes it", async () => {
    const { exitCode, stdout, stderr } = await remove();
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^removed {2}qcow2 {2}http/m);
    assert.equal(isThere(), false);
    assert.deepEqual(await cache.list(".stylus-image/", never), []);
    assert.equal((await remove()).exitCode, 2);
  });

  it("can be repeated after the server refused it", async () => {
    await writeFile(join(folder, "headers"), "Authorization: Bearer another\n");
    const { exitCode, stderr } = await remove();
    await writeFile(join(folder, "headers"), `Authorization: Bearer ${token}\n`);
    assert.equal(exitCode, 1);
    assert.match(stderr, /\[publish\.denied\]/);
    assert.equal((await remove()).exitCode, 0);
    assert.equal(isThere(), false);
  });

  it("requires the other targets of the image, whose records contain its owners", async () => {
    const elsewhere = { ...published, target: "s3://bucket", uri: "s3://bucket/edge/edge.qcow2" };
    await addPublication(cache, installKey, entryOf(elsewhere), never);
    const { exitCode, stderr } = await remove();
    assert.equal(exitCode, 2);
    assert.match(stderr, /from http[^ ]+ alone[^]*Give all of its targets with --to/);
    assert.match(stderr, /--to: does not include s3:\/\/bucket/);
    assert.equal(isThere(), true);
  });

  it("keeps files that a stack owns according to a folder's record", async () => {
    const shared = directoryRecords(join(folder, "shared"), "shared");
    await claimHead(shared, head, never);
    await own(shared);
    const time = "2026-01-01T00:00:00.000Z";
    const other = { instance: "other", owner: "urn:pulumi:x", time, state: "live" } as const;
    await setMarker(shared, installKey, other, never);
    const { exitCode, stdout } = await remove("--to", "shared");
    assert.equal(exitCode, 0);
    assert.match(stdout, /^kept +at http.* owned by urn:pulumi:x \(live\)$/m);
    assert.equal(isThere(), true);
  });
});
