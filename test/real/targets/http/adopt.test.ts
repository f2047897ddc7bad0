import { targetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { buildImage } from "../../../../provider/agent/build-image";
import type { KeyedBuild } from "../../../../provider/agent/context";
import { claim } from "../../../../provider/agent/claim";
import { finalizeRecord } from "../../../../provider/agent/finalize-record";
import { imageState } from "../../../../provider/agent/image-state";
import { artifactKey } from "../../../../provider/plan/keys";
import { release } from "../../../../provider/records/release";
import { openTarget } from "../../../../provider/targets/open-target";
import { requireImageSpec } from "../../../../provider/schema/parse";
import type { Publication } from "../../../../provider/schema/state";
import { startNginx, type Nginx } from "../../../servers/nginx";
import { buildFor, head, installKey } from "../../../unit/agent/samples";
import { makeArtifact, never, quietly, useFolder } from "../../../support/artifacts";

/** One image in a directory and on a web server, shared by two machines with caches of their own. */
describe("an image at a directory and at a web server", () => {
  const folder = useFolder();
  let nginx: Nginx;
  before(async () => {
    nginx = await startNginx({ kind: "put" });
  });
  after(() => nginx.stop());

  /** The targets as a machine with a cache folder of that name opens them. */
  function machine(name: string, instance: string): KeyedBuild {
    const cacheDirectory = join(folder(), name);
    const specs = requireImageSpec({
      installer: "a",
      publishTo: [
        { type: "directory", path: join(folder(), "shared") },
        { type: "http", url: `${nginx.origin}/images` },
      ],
    }).publishTo;
    const build = buildFor({ folder: cacheDirectory, targets: [], formats: ["qcow2"] });
    const targets = specs.map((spec) => openTarget(spec, { rootDirectory: "/", cacheDirectory }));
    const places = specs.map((spec) => ({ format: "qcow2", target: targetId(spec) }) as const);
    const owner = `urn:${instance}`;
    return { ...build, targets, plan: { ...build.plan, instance, owner, destinations: places } };
  }

  async function publishFrom(build: KeyedBuild): Promise<Publication[]> {
    await claim(build);
    const key = artifactKey(head, { type: "qcow2", compression: "zlib" }, "qemu-img 7.2");
    const made = { ...(await makeArtifact(folder(), 100_000)), artifactKey: key };
    const artifact = { ...made, name: `edge-111111111111/edge-${key.slice(0, 12)}.qcow2` };
    const publications: Publication[] = [];
    for (const target of build.targets) {
      const published = await target.publish(artifact, quietly());
      publications.push({ ...published, encoder: "qemu-img 7.2" });
    }
    await finalizeRecord(build, head, imageState(build, head, publications));
    return publications;
  }

  const leave = ({ targets, cacheRecords, plan }: KeyedBuild) =>
    release(
      { installKey, instance: plan.instance, publications: [] },
      { targets, cacheRecords, scope: "all", remainingTargets: [] },
      never,
    );
  const onWeb = async () =>
    (await readdir(nginx.folder, { recursive: true })).filter((name) => name.endsWith(".qcow2"));

  it("is adopted as a whole on another machine, and goes from both with its last owner", async () => {
    const [one, other] = [machine("one", "me"), machine("other", "you")];
    const publications = await publishFrom(one);
    await nginx.clearLog();
    const { artifacts, pending } = await buildImage(other, () => undefined);
    assert.deepEqual(
      [artifacts.map(({ uri }) => uri), pending],
      [publications.map(({ uri }) => uri), []],
    );
    assert.deepEqual(
      (await nginx.accessLog()).map(({ method }) => method),
      ["HEAD"],
    );

    const { removed, kept } = await leave(one);
    assert.deepEqual(removed, []);
    assert.deepEqual(
      new Set(kept.map(({ target }) => target)),
      new Set(one.targets.map(({ id }) => id)),
    );
    assert.equal((await onWeb()).length, 1);

    await leave(other);
    assert.deepEqual(await onWeb(), []);
    assert.deepEqual(
      (await readdir(join(folder(), "shared"), { recursive: true })).filter((name) =>
        name.endsWith(".qcow2"),
      ),
      [],
    );
  });
});
