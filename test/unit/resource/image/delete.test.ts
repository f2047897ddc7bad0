import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { droppedTargets } from "../../../../provider/resource/image/delete";
import { targetSchema } from "../../../../provider/schema/targets/target";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();
const directory = (path: string) => targetSchema.parse({ type: "directory", path });
const namespace = (more: object) => targetSchema.parse({ type: "cdi", namespace: "a", ...more });
const bucket = (name: string) => targetSchema.parse({ type: "s3", bucket: name });

describe("droppedTargets", () => {
  it("returns the targets that are no longer in `publishTo`", async () => {
    const old = [directory("a"), directory("b"), bucket("a"), bucket("b")];
    const now = [directory("b"), bucket("b"), bucket("c")];
    const dropped = await droppedTargets(old, now, { rootDirectory: folder() });
    assert.deepEqual(dropped, [directory("a"), bucket("a")]);
  });

  it("ignores another spelling of the same folder", async () => {
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

  it("ignores another context or kubeconfig of the same cluster", async () => {
    const write = (name: string, current: string) =>
      writeFile(
        join(folder(), name),
        JSON.stringify({
          clusters: [
            { name: "one", cluster: { server: "https://one:6443" } },
            { name: "two", cluster: { server: "https://two:6443" } },
          ],
          contexts: [
            { name: "one", context: { cluster: "one", namespace: "a" } },
            { name: "two", context: { cluster: "two", namespace: "a" } },
          ],
          "current-context": current,
        }),
      );
    await write("k", "one");
    await write("other", "one");
    const old = namespace({ kubeconfig: "k" });
    const dropped = (now: object) =>
      droppedTargets([old], [namespace(now)], { rootDirectory: folder() });
    assert.deepEqual(await dropped({ kubeconfig: "k", context: "one" }), []);
    assert.deepEqual(await dropped({ kubeconfig: "other" }), []);
    assert.deepEqual(await dropped({ kubeconfig: "k", namespace: undefined }), []);
    assert.deepEqual(await dropped({ kubeconfig: "k", context: "two" }), [old]);
    assert.deepEqual(await dropped({ kubeconfig: "k", namespace: "b" }), [old]);
    assert.deepEqual(await dropped({ kubeconfig: "gone" }), [old]);
  });
});
