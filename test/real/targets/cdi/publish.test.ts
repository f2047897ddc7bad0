import assert from "node:assert/strict";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { execa } from "execa";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import {
  makeArtifact,
  makeSparseDisk,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { conformsAsTarget } from "../conformance";
import { bytesSent, nameOf, namespace, useCdiCluster } from "./cluster";
import { fails } from "../../../support/failures";

const isUpload = ({ method }: { method: string }) => method === "POST";

describe("publishing to CDI", () => {
  const folder = useFolder();
  const cluster = useCdiCluster();
  /** Random bytes, which CDI accepts as a raw disk. */
  const make = async (): Promise<LocalArtifact> => {
    const artifact = await makeArtifact(folder(), 5 * MiB);
    return { ...artifact, diskSizeBytes: 5 * MiB };
  };
  const uploads = () => cluster().cdi.proxy.uploads;

  conformsAsTarget({
    open: () => cluster().target(),
    places: {
      same: async () => {
        const kubeconfig = join(folder(), "other-address");
        const text = await readFile(cluster().kube.kubeconfig, "utf8");
        // The certificate of the API server is for 127.0.0.1.
        const config = text.replace(
          /( *)server: (.*)127\.0\.0\.1(.*)/,
          `$1server: $2localhost$3\n$1tls-server-name: kubernetes`,
        );
        await writeFile(kubeconfig, config);
        return cluster().target({ kubeconfig });
      },
      another: async () => {
        const body = { metadata: { name: "others" } };
        await cluster().kube.call("POST", "/api/v1/namespaces", { body });
        return cluster().target({ namespace: "others" });
      },
    },
    folder,
    makeArtifact: make,
    // An interrupted upload leaves a DataVolume that no virtual machine can use yet.
    stored: async (artifact) => {
      const volume = await cluster().volume(artifact);
      return volume?.status?.phase === "UploadReady" ? undefined : volume && JSON.stringify(volume);
    },
    listing: async () => {
      const all = (["datavolumes", "persistentvolumeclaims"] as const).map(async (plural) => {
        const { body } = await cluster().kube.call("GET", cluster().path(plural));
        return { ...(body as object), metadata: undefined };
      });
      return JSON.stringify(await Promise.all(all));
    },
    uploadedBytes: () => bytesSent(cluster()),
    resetCounts: () => cluster().proxy.reset(),
    putForeign: (artifact) =>
      cluster().kube.call("POST", cluster().path("datavolumes"), {
        body: {
          apiVersion: "cdi.kubevirt.io/v1beta1",
          kind: "DataVolume",
          metadata: { name: nameOf(artifact) },
          spec: { source: { blank: {} }, storage: { resources: { requests: { storage: "1Gi" } } } },
        },
      }),
    alter: (artifact) =>
      cluster().kube.call("PATCH", cluster().path("datavolumes", nameOf(artifact)), {
        body: { metadata: { annotations: { "pulumi-stylus-image/sha256": "0".repeat(64) } } },
        contentType: "application/merge-patch+json",
      }),
    altered: /SHA-256 0000/,
    interrupted: "starts again",
    // Kubernetes removes the claim of a removed DataVolume by garbage collection.
    untilRemoved: async (artifact) => {
      while (await cluster().hasClaim(artifact)) await delay(20);
    },
    retrieve: /keeps no file.*another target/s,
  });

  it("creates an annotated DataVolume, and returns its address", async () => {
    const artifact = { ...(await make()), diskSizeBytes: 3 * 1024 * MiB };
    const told: number[] = [];
    const target = cluster().target();
    const published = await target.publish(
      artifact,
      quietly({ onProgress: (done) => told.push(done) }),
    );
    const name = nameOf(artifact);
    const { format, sizeBytes, sha256: hash, mediaType, artifactKey } = artifact;
    assert.match(name, /^edge-[0-9a-f]{12}$/);
    assert.deepEqual(published, {
      ...{ format, target: target.id, uri: `cdi://${namespace}/${name}` },
      url: `${cluster().kube.url}${cluster().path("datavolumes", name)}`,
      ...{ sizeBytes, sha256: hash, mediaType, artifactKey },
    });
    const volume = await cluster().volume(artifact);
    assert.equal(volume?.status?.phase, "Succeeded");
    assert.deepEqual(volume.spec["source"], { upload: {} });
    assert.deepEqual(volume.spec["storage"], { resources: { requests: { storage: "3Gi" } } });
    assert.deepEqual(volume.metadata.annotations, {
      "pulumi-stylus-image/artifact-key": artifactKey,
      "pulumi-stylus-image/sha256": hash,
      "pulumi-stylus-image/size-bytes": String(sizeBytes),
      "pulumi-stylus-image/format": "qcow2",
      "cdi.kubevirt.io/storage.bind.immediate.requested": "true",
      "cdi.kubevirt.io/storage.deleteAfterCompletion": "false",
    });
    assert.equal(volume.metadata.labels?.["app.kubernetes.io/managed-by"], "pulumi-stylus-image");
    assert.equal(bytesSent(cluster()), sizeBytes);
    assert.ok(told.length > 3, "progress within the file");
    assert.deepEqual(await target.find(recorded(published), never), { state: "present" });
  });

  it("requests the target's storage in the fields of CDI's schema", async () => {
    const artifact = await make();
    const more = {
      storageClass: "fast",
      accessModes: ["ReadWriteMany"],
      volumeMode: "Block",
      size: "2GiB",
    };
    await cluster().target(more).publish(artifact, quietly());
    const volume = await cluster().volume(artifact);
    assert.deepEqual(volume?.spec["storage"], {
      resources: { requests: { storage: "2Gi" } },
      storageClassName: "fast",
      accessModes: ["ReadWriteMany"],
      volumeMode: "Block",
    });
    const path = `${cluster().path("datavolumes")}?dryRun=All&fieldValidation=Strict`;
    const { spec } = volume;
    const body = {
      apiVersion: "cdi.kubevirt.io/v1beta1",
      kind: "DataVolume",
      metadata: { name: "strict" },
      spec,
    };
    assert.equal((await cluster().kube.call("POST", path, { body })).status, 201);
  });

  it("uploads each format so that CDI makes the same disk of it", async () => {
    const disk = await makeSparseDisk(folder(), 64 * MiB);
    const raw = await readFile(disk.path);
    const packed = async (extension: string, packer: NodeJS.ReadWriteStream) => {
      const path = `${disk.path}.${extension}`;
      await pipeline(createReadStream(disk.path), packer, createWriteStream(path));
      return path;
    };
    const converted = async (format: string, ...options: string[]) => {
      const path = `${disk.path}.${format}`;
      await execa("qemu-img", ["convert", "-O", format, ...options, disk.path, path]);
      return path;
    };
    for (const [format, path] of [
      ["qcow2", await converted("qcow2", "-c")],
      ["vmdk", await converted("vmdk", "-o", "subformat=streamOptimized")],
      ["raw", disk.path],
      ["raw", await packed("gz", createGzip())],
      ["raw", await packed("zst", createZstdCompress())],
    ] as const) {
      const key = sha256(path);
      const artifact: LocalArtifact = {
        ...{ format, path, sizeBytes: (await stat(path)).size, diskSizeBytes: 64 * MiB },
        ...{ mediaType: "application/octet-stream", artifactKey: key },
        name: `edge-0123456789ab/edge-${key.slice(0, 12)}.${path.split(".").at(-1) ?? ""}`,
      };
      const published = await cluster().target().publish(artifact, quietly());
      assert.equal(published.sha256, sha256(await readFile(path)));
      assert.ok(raw.equals(await readFile(await cluster().disk(artifact))), path);
    }
  });

  it("gives an ISO a volume of its own size", async () => {
    const artifact: LocalArtifact = { ...(await makeArtifact(folder(), 5 * MiB)), format: "iso" };
    await cluster()
      .target({ size: "40GiB", formats: ["iso"] })
      .publish(artifact, quietly());
    const volume = await cluster().volume(artifact);
    assert.deepEqual(volume?.spec["storage"], { resources: { requests: { storage: "5Mi" } } });
  });

  it("sends nothing for an artifact that is already published", async () => {
    const artifact = await make();
    const first = await cluster().target().publish(artifact, quietly());
    const { given } = cluster().cdi.tokens;
    const second = await cluster().target().publish(artifact, quietly());
    assert.deepEqual(second, first);
    assert.equal(uploads().length, 1);
    assert.equal(cluster().cdi.tokens.given, given);
  });

  it("fills the same DataVolume after an upload was cancelled at 40 %, from the first byte", async () => {
    const artifact = await make();
    const user = new AbortController();
    const cancelled = cluster()
      .target()
      .publish(artifact, {
        signal: user.signal,
        onProgress: (done, total) => {
          if (done >= 0.4 * total) user.abort();
        },
      });
    await assert.rejects(cancelled, fails("build.cancelled"));
    const before = await cluster().volume(artifact);
    assert.equal(before?.status?.phase, "UploadReady");
    const unfinished = await cluster()
      .target()
      .find(await publicationOf(artifact), never);
    assert.match(JSON.stringify(unfinished), /"altered".*UploadReady: its upload has not ended/);
    const published = await cluster().target().publish(artifact, quietly());
    const after = await cluster().volume(artifact);
    assert.equal(after?.metadata.uid, before.metadata.uid);
    assert.deepEqual(await cluster().target().find(recorded(published), never), {
      state: "present",
    });
    assert.equal(uploads().at(-1)?.bytes, artifact.sizeBytes);
    assert.ok(
      (await readFile(artifact.path)).equals(await readFile(await cluster().disk(artifact))),
    );
  });

  const publicationOf = async (artifact: LocalArtifact) => {
    const { format, sizeBytes, sha256: hash, mediaType, artifactKey } = artifact;
    const name = nameOf(artifact);
    return Promise.resolve({
      ...{ format, sizeBytes, sha256: hash, mediaType, artifactKey, encoder: "" },
      ...{ target: cluster().target().id, uri: `cdi://${namespace}/${name}` },
      url: `${cluster().kube.url}${cluster().path("datavolumes", name)}`,
    });
  };

  it("starts again when the connection is cut at 40 %", async () => {
    const artifact = await make();
    const afterBytes = 0.4 * artifact.sizeBytes;
    const fault = { type: "cut-upload", afterBytes } as const;
    cluster().proxy.add({ when: isUpload, times: 1, fault });
    await cluster().target().publish(artifact, quietly());
    assert.deepEqual(
      uploads().map(({ bytes }) => bytes === artifact.sizeBytes),
      [false, true],
    );
  });

  it("gives up after several lost connections, and uses the same DataVolume later", async () => {
    const artifact = await make();
    const fault = { type: "cut-upload", afterBytes: 0.4 * artifact.sizeBytes } as const;
    cluster().proxy.add({ when: isUpload, fault });
    await assert.rejects(
      cluster().target().publish(artifact, quietly()),
      fails("publish.unreachable", /Cannot upload to 127\.0\.0\.1/, /all bytes sent again/),
    );
    const before = await cluster().volume(artifact);
    // A request before the server notices the broken connection is told to wait, and does not count as one of the
    // three.
    const cut = cluster().proxy.requests.filter((it) => isUpload(it) && it.status === 0);
    assert.equal(cut.length, 3);
    cluster().proxy.reset();
    await cluster().target().publish(artifact, quietly());
    assert.equal((await cluster().volume(artifact))?.metadata.uid, before?.metadata.uid);
  });

  it("finds from the DataVolume that the upload succeeded when the response is lost", async () => {
    const artifact = await make();
    cluster().proxy.add({ when: isUpload, times: 1, fault: { type: "lose-answer" } });
    await cluster().target().publish(artifact, quietly());
    assert.deepEqual(uploads(), [{ status: 200, bytes: artifact.sizeBytes }]);
  });

  it("waits for the conversion of the disk when a proxy on the way timed out", async () => {
    const artifact = await make();
    cluster().cdi.proxy.convertMilliseconds = 1500;
    const publishing = cluster().target().publish(artifact, quietly());
    while ((cluster().proxy.requests.find(isUpload)?.receivedBytes ?? 0) < artifact.sizeBytes) {
      await delay(20);
    }
    // The last bytes are still in transit from the proxy.
    await delay(300);
    // Closes both connections, as an ingress does after its time-out.
    cluster().front.cut();
    await publishing;
    assert.equal(uploads().filter(({ bytes }) => bytes === artifact.sizeBytes).length, 1);
    assert.ok(uploads().some(({ status }) => status === 503));
  });

  it("requests another token when one expires before the upload begins", async () => {
    const artifact = await make();
    cluster().cdi.tokens.seconds = -20;
    const { given } = cluster().cdi.tokens;
    const publishing = cluster().target().publish(artifact, quietly());
    while (cluster().cdi.tokens.given === given) await delay(5);
    cluster().cdi.tokens.seconds = 300;
    await publishing;
    assert.deepEqual(
      uploads().map(({ status }) => status),
      [401, 200],
    );
    assert.equal(cluster().cdi.tokens.given, given + 2);
  });

  it("says so when every token is rejected", async () => {
    const artifact = await make();
    cluster().cdi.tokens.seconds = -20;
    await assert.rejects(
      cluster().target().publish(artifact, quietly()),
      fails("publish.denied", /answered 401/, /another cluster, or the clocks/),
    );
    assert.equal(uploads().length, 2);
  });

  it("lets one of two programs upload the same artifact, and both succeed", async () => {
    const artifact = await make();
    cluster().cdi.proxy.convertMilliseconds = 500;
    const [one, other] = await Promise.all([
      cluster().target().publish(artifact, quietly()),
      cluster().target().publish(artifact, quietly()),
    ]);
    assert.deepEqual(one, other);
    assert.equal(uploads().filter(({ status }) => status === 200).length, 1);
    assert.deepEqual(
      uploads().filter(({ status }) => ![200, 503, 409].includes(status)),
      [],
    );
  });

  it("says that a file changed during the upload, and leaves no disk of it", async () => {
    const artifact = await make();
    await writeFile(artifact.path, Buffer.alloc(artifact.sizeBytes, 1));
    await assert.rejects(
      cluster().target().publish(artifact, quietly()),
      fails("publish.failed", /changed while it was published/),
    );
    assert.equal((await cluster().volume(artifact))?.status?.phase, "UploadReady");
  });

  type Refusal = readonly [number, string | undefined, Parameters<typeof fails>];
  const refusals: readonly Refusal[] = [
    [403, undefined, ["publish.denied", /in front of the upload proxy/]],
    [404, undefined, ["publish.not-found", /no upload proxy at that address/]],
    [413, undefined, ["publish.failed", /proxy-body-size/]],
    [
      503,
      "no endpoints available",
      ["publish.unreachable", /no endpoints available/, /remove the DataVolume/],
    ],
    [502, "bad gateway", ["publish.unreachable", /bad gateway/]],
    [500, "Saving stream failed: no room", ["publish.failed", /no room/, /cdi-upload/]],
  ];
  for (const [status, said, expected] of refusals) {
    it(`explains status ${status} of the upload proxy`, async () => {
      const artifact = await make();
      const fault = { type: "status", status, json: said ?? "" } as const;
      cluster().proxy.add({ when: isUpload, fault });
      await assert.rejects(cluster().target().publish(artifact, quietly()), fails(...expected));
    });
  }

  it("says that the volume is too small, in CDI's own words", async () => {
    const artifact = { ...(await make()), diskSizeBytes: MiB };
    await assert.rejects(
      cluster().target().publish(artifact, quietly()),
      fails("publish.failed", /larger than the reported available storage/, /larger `size`/),
    );
  });

  it("says why a volume never becomes ready, and creates another for another storage class", async () => {
    const artifact = await make();
    const { missingStorageClass: storageClass } = cluster().cdi.behaviour;
    await assert.rejects(
      cluster().target({ storageClass }, { untilReady: 500 }).publish(artifact, quietly()),
      fails("publish.timed-out", /phase Pending/, /"missing" not found/, /kubectl describe/),
    );
    const before = await cluster().volume(artifact);
    assert.ok(before);
    await cluster().target({ storageClass: "fast" }).publish(artifact, quietly());
    assert.notEqual((await cluster().volume(artifact))?.metadata.uid, before.metadata.uid);
  });
});
