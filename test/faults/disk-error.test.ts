import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertFailed, assertNothingLeft, assertNothingPublished, evidenceOf } from "./evidence";
import { makePlace, removePlace, type Place } from "./place";
import { inBackground, patience, startBackground } from "./pool";
import { startBuild } from "./start-build";

describe("A build host whose disk fails", () => {
  let place: Place;

  const build = inBackground(async () => {
    place = await makePlace();
    return startBuild(place, {}, { path: [await limitedQemu(place)] }).ended;
  });

  before(startBackground);

  after(() => removePlace(place));

  it("is install.io-error if QEMU's writes fail, however the guest reacts", async () => {
    const error = assertFailed(await build, "install.io-error");
    assert.match(
      error.message,
      /QEMU could not use the machine's disk: write failed: File too large/,
    );
    assert.match(error.message, /The file that holds the disk could not be read or written/);
    assert.match(error.message, /Check the build host's disk and its log \(`dmesg`\)/);
    const { serialLogs, pictures } = await evidenceOf(error);
    assert.deepEqual([serialLogs.length, pictures.length], [1, 1]);
    await assertNothingPublished(place);
    await assertNothingLeft(place);
  }).timeout(patience);
});

/** The kernel refuses to write the second half of the disk, for a reason that is not want of room. */
async function limitedQemu({ folder }: Place): Promise<string> {
  const path = join(folder, "bin");
  await mkdir(path);
  await writeFile(
    join(path, "qemu-system-x86_64"),
    `#!/bin/sh\ntrap '' XFSZ\nexec prlimit --fsize=${2 ** 29} /usr/bin/qemu-system-x86_64 "$@"\n`,
    { mode: 0o755 },
  );
  return path;
}
