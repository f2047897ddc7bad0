import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { droppedTargets } from "../../../provider/resource/image-leave";
import { targetSchema } from "../../../provider/spec/target-spec";
import { temporaryFolder } from "../build/temporary-folder";

const folder = temporaryFolder();
const directory = (path: string) => targetSchema.parse({ type: "directory", path });
const bucket = (name: string) => targetSchema.parse({ type: "s3", bucket: name });

describe("droppedTargets", () => {
  it("are those that are no longer named", async () => {
    const old = [directory("a"), directory("b"), bucket("a"), bucket("b")];
    const now = [directory("b"), bucket("b"), bucket("c")];
    const dropped = await droppedTargets(old, now, { rootDirectory: folder() });
    assert.deepEqual(dropped, [directory("a"), bucket("a")]);
  });

  it("do not have among them a folder whose path is only written in another way", async () => {
    await mkdir(join(folder(), "a"));
    await symlink(join(folder(), "a"), join(folder(), "link"));
    for (const path of ["./a/", join(folder(), "a"), "link", "b/../a"]) {
      const now = [directory(path)];
      assert.deepEqual(
        await droppedTargets([directory("a")], now, { rootDirectory: folder() }),
        [],
      );
    }
  });
});
