import assert from "node:assert/strict";
import type { CacheEntry } from "../../../../provider/cli/cache/entries";
import { chooseEntries } from "../../../../provider/cli/cache/prune";

const hour = 3_600_000;
const now = Date.parse("2026-11-22T12:00:00Z");

const entry = (kind: CacheEntry["kind"], name: string, hours: number): CacheEntry => ({
  kind,
  name,
  path: `/cache/${kind}/${name}`,
  allocatedBytes: 1,
  lastUsed: new Date(now - hours * hour).toISOString(),
});

describe("chooseEntries", () => {
  const entries = [
    entry("installers", "i1", 1),
    entry("disks", "d1", 2),
    entry("disks", "d2", 30),
    entry("disks", "d3", 90),
  ];
  const names = (newest: "keep" | "remove", hours: number): string[] =>
    chooseEntries(entries, { newest, olderThanMilliseconds: hours * hour }, now).map(
      ({ name }) => name,
    );

  it("keeps the newest of each kind", () => assert.deepEqual(names("keep", 0), ["d2", "d3"]));
  it("removes everything if the newest entries are not kept", () => {
    assert.deepEqual(names("remove", 0), ["i1", "d1", "d2", "d3"]);
  });
  it("keeps entries that were used within the given time", () => {
    assert.deepEqual(names("keep", 48), ["d3"]);
    assert.deepEqual(names("remove", 2), ["d1", "d2", "d3"]);
  });
});
