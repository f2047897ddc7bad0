import assert from "node:assert/strict";
import type { CacheEntry } from "../../../../provider/cli/cache/entries";
import { chooseDoomed } from "../../../../provider/cli/cache/prune";

const hour = 3_600_000;
const now = Date.parse("2026-11-22T12:00:00Z");

const entry = (kind: CacheEntry["kind"], name: string, hours: number): CacheEntry => ({
  kind,
  name,
  path: `/cache/${kind}/${name}`,
  allocatedBytes: 1,
  lastUsed: new Date(now - hours * hour).toISOString(),
});

describe("what a prune means", () => {
  const entries = [
    entry("installers", "i1", 1),
    entry("disks", "d1", 2),
    entry("disks", "d2", 30),
    entry("disks", "d3", 90),
  ];
  const names = (newest: "stays" | "goes", hours: number): string[] =>
    chooseDoomed(entries, { newest, olderThanMilliseconds: hours * hour }, now).map(
      ({ name }) => name,
    );

  it("spares the newest of each kind", () => assert.deepEqual(names("stays", 0), ["d2", "d3"]));
  it("is everything, when the newest goes too", () => {
    assert.deepEqual(names("goes", 0), ["i1", "d1", "d2", "d3"]);
  });
  it("spares what was used since the given age", () => {
    assert.deepEqual(names("stays", 48), ["d3"]);
    assert.deepEqual(names("goes", 2), ["d1", "d2", "d3"]);
  });
});
