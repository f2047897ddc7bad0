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

  it("is reported before the install, if the installed disk would not fit", async () => {
    const build = startBuild(place, { formats: ["raw", "qcow2"] });
    const error = assertFailed(await build.ended, "host.disk-full");
    assert.match(
      error.message,
      /needs about .* below .*, but only .* are free there\. .*Nothing was installed yet/s,
    );
    assert.ok(!build.events.some((event) => event.type === "stage" && event.stage === "install"));
    await assertNothingPublished(place);
    await assertNothingLeft(place);
  });

  after(() => removePlace(place));

  const mountCache = (options: string) =>
    execa("mount", ["-t", "tmpfs", "-o", `${options},mode=700`, "stylus-faults", place.cache]);

  it("is host.disk-full, with the console until then", async () => {
    // More than anybody could tell from the installer.
    const userData = { standin: { payloadMiB: 600 } };
    await mountCache("remount,size=500M");
    const error = assertFailed(await startBuild(place, { userData }).ended, "host.disk-full");
    assert.match(error.details.tail ?? "", /installing the/);
    await assertNothingPublished(place);
    await assertNothingLeft(place);
  });

  it("builds again when it has disk space", async () => {
    await mountCache("remount,size=3G");
    const { artifacts } = assertSucceeded(await startBuild(place).ended);
    assert.equal(artifacts.length, 1);
    await assertNothingLeft(place);
  });
});
