import { execa } from "execa";
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import {
  assertFailed,
  assertNothingLeft,
  assertNothingPublished,
  assertSucceeded,
} from "./evidence";
import { makePlace, removePlace, type Place } from "./place";
import { startBackground } from "./pool";
import { startBuild } from "./start-build";

describe("A build host whose disk is full", () => {
  let place: Place;

  before(startBackground);
  before(async () => {
    place = await makePlace();
    await mkdir(place.cache);
    await mountCache("size=100M");
  });

  after(() => removePlace(place));

  const mountCache = (options: string) =>
    execa("mount", ["-t", "tmpfs", "-o", `${options},mode=700`, "stylus-faults", place.cache]);

  it("is host.disk-full, with what the installer said until then", async () => {
    const error = assertFailed(await startBuild(place).ended, "host.disk-full");
    assert.match(error.details.tail ?? "", /installing the/);
    await assertNothingPublished(place);
    await assertNothingLeft(place);
  });

  it("builds again when there is room", async () => {
    await mountCache("remount,size=3G");
    const { artifacts } = assertSucceeded(await startBuild(place).ended);
    assert.equal(artifacts.length, 1);
    await assertNothingLeft(place);
  });
});
