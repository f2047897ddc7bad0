import assert from "node:assert/strict";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Call } from "../../../../provider/resource/handlers";
import { droppedTargets } from "../../../../provider/resource/image/dropped-targets";
import { targetSchema, type TargetSpec } from "../../../../provider/schema/targets/target";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();
const directory = (path: string) => targetSchema.parse({ type: "directory", path });
const namespace = (more: object) => targetSchema.parse({ type: "cdi", namespace: "a", ...more });

describe("droppedTargets", () => {
  let warnings: string[];
  beforeEach(() => (warnings = []));
  const drop = (old: readonly TargetSpec[], now: readonly TargetSpec[]) => {
    const quiet = (): void => undefined;
    const warn = (message: string): void => void warnings.push(message);
    const log = { stage: quiet, status: quiet, info: quiet, warn };
    const call: Call = { urn: undefined, log, signal: new AbortController().signal };
    const context = { rootDirectory: folder(), cacheDirectory: join(folder(), "cache") };
    return droppedTargets(call, old, now, context);
  };

  it("releases the targets that are no longer in `publishTo`", async () => {
    await mkdir(join(folder(), "a"));
    const old = [directory("a"), directory("b"), directory("missing")];
    const { released, unproven } = await drop(old, [directory("b"), directory("c")]);
    assert.deepEqual(released, [directory("a"), directory("missing")]);
    assert.deepEqual(unproven, []);
    assert.deepEqual(await readdir(join(folder(), "a")), []);
  });

  it("releases nothing at another spelling of a folder that stays", async () => {
    await mkdir(join(folder(), "a"));
    await symlink(join(folder(), "a"), join(folder(), "link"));
    for (const path of ["./a/", join(folder(), "a"), "link", "b/../a"]) {
      const dropped = await drop([directory("a")], [directory(path)]);
      assert.deepEqual(dropped, { released: [], unproven: [] });
    }
    assert.deepEqual(await readdir(join(folder(), "a")), []);
    assert.deepEqual(warnings, []);
  });

  it("releases a folder of which a copy stays, although the copy has the same ID", async () => {
    await mkdir(join(folder(), "a", ".stylus-image"), { recursive: true });
    const id = JSON.stringify({ id: "6f0f6d5c-58a0-4d47-9d6f-0d6b7a2f6a55" });
    await writeFile(join(folder(), "a", ".stylus-image", "place.json"), id);
    await cp(join(folder(), "a"), join(folder(), "copy"), { recursive: true });
    const { released } = await drop([directory("a")], [directory("copy")]);
    assert.deepEqual(released, [directory("a")]);
  });

  it("releases nothing if a place cannot be asked, and says which and why", async () => {
    await mkdir(join(folder(), "a"));
    await mkdir(join(folder(), "b", ".stylus-image"), { recursive: true });
    await writeFile(join(folder(), "b", ".stylus-image", "place.json"), "{");
    const { released, unproven } = await drop([directory("a")], [directory("b")]);
    assert.deepEqual({ released, unproven }, { released: [], unproven: [directory("a")] });
    assert.match(warnings.join("\n"), /Nothing was removed from directory:a: .*place\.json/);
  });

  it("compares clusters by their address, whatever context or kubeconfig names them", async () => {
    const write = (name: string, current: string) =>
      writeFile(
        join(folder(), name),
        JSON.stringify({
          clusters: [
            { name: "one", cluster: { server: "https://127.0.0.1:1" } },
            { name: "two", cluster: { server: "https://127.0.0.1:2" } },
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
    const dropped = (now: object) => drop([old], [namespace(now)]);
    const same = { released: [], unproven: [] };
    assert.deepEqual(await dropped({ kubeconfig: "k", context: "one" }), same);
    assert.deepEqual(await dropped({ kubeconfig: "other" }), same);
    assert.deepEqual(await dropped({ kubeconfig: "k", namespace: undefined }), same);
    assert.deepEqual((await dropped({ kubeconfig: "k", namespace: "b" })).released, [old]);
    // Two addresses may be one cluster.
    assert.deepEqual((await dropped({ kubeconfig: "k", context: "two" })).unproven, [old]);
    assert.deepEqual((await dropped({ kubeconfig: "gone" })).unproven, [old]);
  });
});
