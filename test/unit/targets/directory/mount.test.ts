import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findMount, isSameMount, mountOf } from "../../../../provider/targets/directory/mount";

const table = [
  "21 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/var/lib/a/diff,workdir=/w",
  "22 21 8:17 / /srv rw shared:7 - ext4 /dev/sdb1 rw",
  "23 22 0:44 / /srv/images rw - tmpfs tmpfs rw,size=100k",
  "24 22 8:17 /data/one /srv/bound\\040here rw - ext4 /dev/sdb1 rw",
  "25 23 0:45 / /srv/images rw - tmpfs tmpfs rw,size=100k",
  "a line of another kind",
  "",
].join("\n");

describe("findMount", () => {
  const rows: readonly (readonly [string, string, string | undefined])[] = [
    ["/", "/", "/var/lib/a/diff"],
    ["/home/images", "/", "/var/lib/a/diff"],
    ["/srv", "/srv", undefined],
    ["/srvimages", "/", "/var/lib/a/diff"],
    ["/srv/other", "/srv", undefined],
    // Of two mounts at one point, the later one is visible.
    ["/srv/images/edge", "/srv/images", "0:45"],
    ["/srv/bound here/x", "/srv/bound here", undefined],
  ];
  for (const [path, point, detail] of rows) {
    it(`finds ${path} on the mount at ${point}`, () => {
      const mount = findMount(table, path);
      assert.deepEqual([mount?.point, mount?.detail], [point, detail]);
    });
  }

  it("tells a bind mount from the file system that it shows", () => {
    const [one, other] = [findMount(table, "/srv"), findMount(table, "/srv/bound here")];
    assert.ok(one !== undefined && other !== undefined);
    assert.equal(one.source, other.source);
    assert.equal(isSameMount(one, other), false);
    assert.equal(isSameMount(one, { ...one }), true);
  });
});

describe("mountOf", () => {
  it("uses the nearest existing parent of a folder that is missing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mount-"));
    const before = await mountOf(folder);
    await rm(folder, { recursive: true });
    assert.notEqual(before, undefined);
    assert.deepEqual(await mountOf(join(folder, "images", "edge")), before);
  });
});
