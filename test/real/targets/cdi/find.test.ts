import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { ensureVolume } from "../../../../provider/targets/cdi/ensure-volume";
import { removeVolume } from "../../../../provider/targets/cdi/remove-volume";
import { defaultTimeouts } from "../../../../provider/targets/cdi/session";
import { volumeSchema } from "../../../../provider/targets/cdi/volume";
import { openKube } from "../../../../provider/targets/cdi/kube/client";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import type { Publication } from "../../../../provider/schema/state";
import {
  makeArtifact,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { bytesSent, nameOf, namespace, quick, useCdiCluster } from "./cluster";
import { fails } from "../../../support/failures";

const merge = "application/merge-patch+json";

describe("finding and removing DataVolumes", () => {
  const folder = useFolder();
  const cluster = useCdiCluster();
  const make = (): Promise<LocalArtifact> => makeArtifact(folder(), MiB);
  const publish = async (artifact: LocalArtifact): Promise<Publication> =>
    recorded(await cluster().target().publish(artifact, quietly()));
  const find = (publication: Publication) => cluster().target().find(publication, never);
  const path = (artifact: LocalArtifact) => cluster().path("datavolumes", nameOf(artifact));
  const claimPath = (artifact: LocalArtifact) =>
    cluster().path("persistentvolumeclaims", nameOf(artifact));
  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await delay(20);
  }
  const annotate = (artifact: LocalArtifact, annotations: Record<string, string | null>) =>
    cluster().kube.call("PATCH", path(artifact), {
      body: { metadata: { annotations } },
      contentType: merge,
    });

  it("is absent when the DataVolume is gone, and is published again under the same address", async () => {
    const artifact = await make();
    const published = await publish(artifact);
    await cluster().kube.call("DELETE", path(artifact));
    await until(async () => !(await cluster().hasClaim(artifact)));
    assert.deepEqual(await find(published), { state: "absent" });
    assert.deepEqual(await publish(artifact), published);
    assert.deepEqual(await find(published), { state: "present" });
  });

  it("is altered when its claim was deleted, and is filled again", async () => {
    const artifact = await make();
    const published = await publish(artifact);
    await cluster().kube.call("DELETE", claimPath(artifact));
    await until(async () => (await find(published)).state === "altered");
    await publish(artifact);
    assert.deepEqual(await find(published), { state: "present" });
    assert.equal(cluster().cdi.proxy.uploads.length, 2);
  });

  it("is altered when it has failed, and is created again", async () => {
    const artifact = await make();
    const published = await publish(artifact);
    const before = await cluster().volume(artifact);
    await cluster().kube.patchStatus(path(artifact), { phase: "Failed" });
    assert.match(JSON.stringify(await find(published)), /"altered".*upload has failed/);
    await publish(artifact);
    assert.notEqual((await cluster().volume(artifact))?.metadata.uid, before?.metadata.uid);
  });

  it("is altered, and is not removed, when its annotations were changed", async () => {
    const artifact = await make();
    const published = await publish(artifact);
    await annotate(artifact, { "pulumi-stylus-image/sha256": "0".repeat(64) });
    assert.match(JSON.stringify(await find(published)), /"altered".*SHA-256 0000/);
    await assert.rejects(
      publish(artifact),
      fails("publish.name-taken", /never overwritten/, /another namespace/),
    );
  });

  for (const [what, isOurs] of [
    ["a DataVolume", false],
    ["the DataVolume of another artifact of ours", true],
  ] as const) {
    it(`neither overwrites nor removes ${what} of that name`, async () => {
      const artifact = await make();
      const annotations = {
        "pulumi-stylus-image/artifact-key": sha256("another"),
        "pulumi-stylus-image/sha256": artifact.sha256,
        "pulumi-stylus-image/size-bytes": String(artifact.sizeBytes),
      };
      const body = {
        apiVersion: "cdi.kubevirt.io/v1beta1",
        kind: "DataVolume",
        metadata: { name: nameOf(artifact), ...(isOurs && { annotations }) },
        spec: { source: { blank: {} }, storage: { resources: { requests: { storage: "1Gi" } } } },
      };
      await cluster().kube.call("POST", cluster().path("datavolumes"), { body });
      const { uid } = (await cluster().volume(artifact))!.metadata;
      await assert.rejects(publish(artifact), fails("publish.name-taken"));
      const ours = publicationOf(artifact);
      assert.equal((await find(ours)).state, "altered");
      await cluster().target().remove(ours, never);
      assert.equal((await cluster().volume(artifact))?.metadata.uid, uid);
      assert.equal(bytesSent(cluster()), 0);
    });
  }

  const publicationOf = (artifact: LocalArtifact): Publication => {
    const { format, sizeBytes, sha256: hash, mediaType, artifactKey } = artifact;
    return {
      ...{ format, sizeBytes, sha256: hash, mediaType, artifactKey, encoder: "" },
      ...{ target: cluster().target().id, uri: `cdi://${namespace}/${nameOf(artifact)}` },
      url: `${cluster().kube.url}${path(artifact)}`,
    };
  };

  it("neither overwrites nor removes a claim of that name without a DataVolume", async () => {
    const artifact = await make();
    const body = {
      metadata: { name: nameOf(artifact) },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    await cluster().kube.call("POST", cluster().path("persistentvolumeclaims"), { body });
    await assert.rejects(publish(artifact), fails("publish.name-taken", /made by another program/));
    await cluster().target().remove(publicationOf(artifact), never);
    assert.equal(await cluster().hasClaim(artifact), true);
    assert.equal(await cluster().volume(artifact), undefined);
  });

  it("is removed with its claim; removing it again succeeds", async () => {
    const artifact = await make();
    const published = await publish(artifact);
    await cluster().target().remove(published, never);
    assert.equal(await cluster().volume(artifact), undefined);
    await until(async () => !(await cluster().hasClaim(artifact)));
    await cluster().target().remove(published, never);
    assert.deepEqual(await find(published), { state: "absent" });
  });

  it("removes a DataVolume only in the version that was examined", async () => {
    const artifact = await make();
    await publish(artifact);
    const session = {
      spec: cluster().spec(),
      rootDirectory: "/",
      kube: await openKube(cluster().spec(), "/", never),
      timeouts: { ...defaultTimeouts, ...quick },
    };
    const address = { namespace, name: nameOf(artifact) };
    const hashed = { ...artifact, sha256: artifact.sha256 ?? "" };
    const { volume } = await ensureVolume(session, address, hashed, never);
    for (const metadata of [
      { ...volume.metadata, uid: "00000000-0000-0000-0000-000000000000" },
      { ...volume.metadata, resourceVersion: "1" },
    ]) {
      const stale = volumeSchema.parse({ ...volume, metadata });
      assert.equal(await removeVolume(session, address, stale, never), "changed");
      assert.ok(await cluster().volume(artifact));
    }
  });

  it("waits for a claim that a virtual machine still uses, and says so", async () => {
    const artifact = await make();
    const published = await publish(artifact);
    cluster().cdi.behaviour.used.add(nameOf(artifact));
    await cluster().target().remove(published, never);
    assert.match(JSON.stringify(await find(published)), /"altered".*claim of a removed one/i);
    await assert.rejects(
      cluster().target({}, { untilGone: 300 }).publish(artifact, quietly()),
      fails("publish.failed", /but still exists/, /Stop the virtual machine/),
    );
    const publishing = publish(artifact);
    await delay(200);
    cluster().cdi.behaviour.used.clear();
    await publishing;
    assert.deepEqual(await find(published), { state: "present" });
  });

  it("is unreachable when the kubeconfig points to another address now", async () => {
    const artifact = await make();
    const published = await publish(artifact);
    await cluster().target().remove(published, never);
    await until(async () => !(await cluster().hasClaim(artifact)));
    const moved = { ...published, url: published.url.replace("127.0.0.1", "10.0.0.1") };
    const finding = await find(moved);
    assert.match(JSON.stringify(finding), /"unreachable".*published at 10\.0\.0\.1.*the context/);
    await assert.rejects(
      cluster().target().remove(moved, never),
      fails("publish.unreachable", /may be another cluster/),
    );
  });

  it("is not searched in another target's namespace", async () => {
    const published = await publish(await make());
    const uri = published.uri.replace(namespace, "kube-system");
    await assert.rejects(find({ ...published, uri }), fails("internal", /is not in/));
  });
});
