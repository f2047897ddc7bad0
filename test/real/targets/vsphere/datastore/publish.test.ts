import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LocalArtifact } from "../../../../../provider/targets/local-artifact";
import type { Vcenter } from "../../../../servers/vcenter";
import {
  makeArtifact,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../../support/artifacts";
import { fails } from "../../../../support/failures";
import { listingOf } from "../../access";
import { conformsAsTarget } from "../../conformance";
import { makeDisk } from "../artifacts";
import { asFormat, bytesPut, endSession, useVsphereServer } from "../server";

/** Mounts a folder of this machine, as a host mounts a disk. */
async function addDatastore(vcenter: Vcenter, name: string, path: string): Promise<void> {
  await mkdir(path);
  const host = (await vcenter.idOf("DC0/host/DC0_H0/DC0_H0")) ?? "none";
  const properties = "<type>HostSystem</type><pathSet>configManager.datastoreSystem</pathSet>";
  const asked = `<specSet><propSet>${properties}</propSet><objectSet><obj type="HostSystem">${host}</obj></objectSet></specSet>`;
  const told = await vcenter.soap(
    "RetrieveProperties",
    "PropertyCollector:propertyCollector",
    asked,
  );
  const system = />([^<]+)<\/val>/.exec(told)?.[1] ?? "none";
  const made = `<name>${name}</name><path>${path}</path>`;
  await vcenter.soap("CreateLocalDatastore", `HostDatastoreSystem:${system}`, made);
}

const isPut = ({ method }: { method: string }) => method === "PUT";

describe("publishing to a vSphere datastore", () => {
  const folder = useFolder();
  const server = useVsphereServer();
  const makeOva = async (sizeBytes: number): Promise<LocalArtifact> =>
    asFormat(await makeArtifact(folder(), sizeBytes), "ova");
  const content = (name: string) => readFile(server().file(name));
  /** Suffixes of the files that belong to an artifact. */
  const beside = async ({ name }: LocalArtifact): Promise<string[]> => {
    const path = server().file(name);
    const stem = path.slice(dirname(path).length + 1).replace(/\.\w+$/, "");
    const found = await readdir(dirname(path)).catch(() => []);
    return found
      .filter((it) => it.startsWith(stem))
      .map((it) => it.slice(stem.length))
      .sort();
  };

  conformsAsTarget({
    open: () => server().datastore({ formats: ["qcow2"] }),
    places: {
      same: () =>
        server().datastore({ server: server().address.replace("127.0.0.1", "localhost") }),
      another: () => server().datastore({ folder: "images/others" }),
    },
    folder,
    makeArtifact: (size) => makeArtifact(folder(), (size === "large" ? 20 : 1) * MiB),
    stored: async (artifact) => {
      const ends = await beside(artifact);
      const stem = server()
        .file(artifact.name)
        .replace(/\.\w+$/, "");
      const contents = ends.map(async (end) => `${end} ${sha256(await readFile(stem + end))}`);
      return ends.length === 0 ? undefined : (await Promise.all(contents)).join("\n");
    },
    listing: () => listingOf(server().vcenter.datastores.get("DC0/LocalDS_0") ?? ""),
    uploadedBytes: () => bytesPut(server()),
    resetCounts: () => server().proxy.reset(),
    putForeign: async (artifact) => {
      await mkdir(dirname(server().file(artifact.name)), { recursive: true });
      await writeFile(server().file(artifact.name), "foreign");
    },
    alter: (artifact) => writeFile(server().file(artifact.name), "altered"),
    altered: /7 bytes, expected 1048576/,
    interrupted: "starts again",
    retrieve: "file",
  });

  it("uploads a file, and returns its address", async () => {
    const artifact = await makeOva(5 * MiB);
    const target = server().datastore();
    const told: number[] = [];
    const options = quietly({ onProgress: (done) => told.push(done) });
    const published = await target.publish(artifact, options);
    const { address } = server();
    assert.deepEqual(published, {
      format: "ova",
      target: `vsphere://${address}/DC0/datastore/LocalDS_0/images/edge`,
      uri: `vsphere://${address}/DC0/datastore/LocalDS_0/images/edge/${artifact.name}`,
      url: `https://${address}/folder/images/edge/${artifact.name}?dcPath=DC0&dsName=LocalDS_0`,
      sizeBytes: artifact.sizeBytes,
      sha256: artifact.sha256,
      mediaType: artifact.mediaType,
      artifactKey: artifact.artifactKey,
    });
    assert.equal(published.target, target.id);
    assert.equal(sha256(await content(artifact.name)), artifact.sha256);
    assert.equal(bytesPut(server()), artifact.sizeBytes);
    assert.deepEqual(
      told,
      told.toSorted((one, other) => one - other),
    );
    assert.ok(told.length > 3, "progress within the file");
    assert.deepEqual(await target.find(recorded(published), never), { state: "present" });
    assert.deepEqual(await beside(artifact), [".ova", ".ova.stylus-image.json"]);
  });

  it("lets the server convert a VMDK to a disk that can be attached, and leaves no other file", async () => {
    const { raw, vmdk } = await makeDisk(folder());
    const target = server().datastore();
    const published = recorded(await target.publish(vmdk, quietly()));
    assert.equal(published.sha256, vmdk.sha256);
    assert.equal(bytesPut(server()), vmdk.sizeBytes);
    assert.deepEqual(await beside(vmdk), ["-flat.vmdk", ".vmdk", ".vmdk.stylus-image.json"]);
    const flat = vmdk.name.replace(/\.vmdk$/, "-flat.vmdk");
    assert.equal(sha256(await content(flat)), sha256(await readFile(raw)));
    assert.match(String(await content(vmdk.name)), /createType="vmfs"/);
    assert.deepEqual(await target.find(published, never), { state: "present" });

    server().proxy.reset();
    await target.publish(vmdk, quietly());
    assert.deepEqual(server().proxy.requests.filter(isPut), []);
    await target.remove(published, never);
    assert.deepEqual(await beside(vmdk), []);
    assert.deepEqual(await target.find(published, never), { state: "absent" });
  });

  it("requests a thin disk: the server's default allocates the full size", async () => {
    const { vmdk } = await makeDisk(folder());
    await server().datastore().publish(vmdk, quietly());
    const copies = server()
      .soapBodies()
      .filter((it) => it.includes("<CopyVirtualDisk_Task"));
    assert.equal(copies.length, 1);
    assert.match(copies[0] ?? "", /<diskType>thin<\/diskType>/);
  });

  it("keeps a disk that a virtual machine has written to", async () => {
    const { vmdk } = await makeDisk(folder());
    const target = server().datastore();
    const published = recorded(await target.publish(vmdk, quietly()));
    const path = server().file(vmdk.name);
    const descriptor = String(await readFile(path));
    await writeFile(path, descriptor.replace(/CID=\w+/, "CID=0badcafe"));
    const finding = await target.find(published, never);
    assert.equal(finding.state, "altered");
    await assert.rejects(
      target.publish(vmdk, quietly()),
      fails("publish.name-taken", /attached to a virtual machine/, /Move it elsewhere/),
    );
    await target.remove(published, never);
    assert.deepEqual(await beside(vmdk), ["-flat.vmdk", ".vmdk"]);
  });

  it("reports a file that was changed by another program, and neither overwrites nor removes it", async () => {
    const artifact = await makeOva(1 * MiB);
    const target = server().datastore();
    const published = recorded(await target.publish(artifact, quietly()));
    await writeFile(server().file(artifact.name), "somebody else's");
    assert.deepEqual(await target.find(published, never), {
      state: "altered",
      why: `${published.uri}: It has 15 bytes, expected ${artifact.sizeBytes}.`,
    });
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.name-taken", /15 bytes/, /never overwritten/, /another folder/),
    );
    await target.remove(published, never);
    assert.equal(String(await content(artifact.name)), "somebody else's");
  });

  it("never takes another program's disk of the same name for its own", async () => {
    const { vmdk } = await makeDisk(folder());
    const path = server().file(vmdk.name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '# Disk DescriptorFile\nCID=1\nRW 8 VMFS "other-flat.vmdk"\n');
    await assert.rejects(
      server().datastore().publish(vmdk, quietly()),
      fails("publish.name-taken", /made by another program/),
    );
    assert.match(String(await readFile(path)), /other-flat/);
  });

  it("leaves nothing after a lost connection, and publishes in the next run", async () => {
    const artifact = await makeOva(20 * MiB);
    server().proxy.add({
      when: isPut,
      fault: { type: "cut-upload", afterBytes: 0.4 * artifact.sizeBytes },
    });
    const target = server().datastore();
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.unreachable", /Check the target's `server`/),
    );
    assert.deepEqual(await beside(artifact), []);
    server().proxy.reset();
    const published = recorded(await target.publish(artifact, quietly()));
    assert.equal(sha256(await content(artifact.name)), artifact.sha256);
    assert.deepEqual(await target.find(published, never), { state: "present" });
    assert.deepEqual(await beside(artifact), [".ova", ".ova.stylus-image.json"]);
  });

  it("removes temporary files of killed programs: after a day, or with the file itself", async () => {
    const artifact = await makeOva(1 * MiB);
    const target = server().datastore();
    const path = server()
      .file(artifact.name)
      .replace(/\.ova$/, "");
    const [old, young] = [`${path}-uploading-0123456789ab.ova`, `${path}-uploading-ba98.ova`];
    await mkdir(dirname(path), { recursive: true });
    for (const file of [old, young]) await writeFile(file, "half");
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(old, yesterday, yesterday);
    const published = recorded(await target.publish(artifact, quietly()));
    await assert.rejects(stat(old));
    await stat(young);
    await target.remove(published, never);
    assert.deepEqual(await beside(artifact), []);
  });

  it("replaces the sidecar of a program that was killed before it renamed its file", async () => {
    const artifact = await makeOva(1 * MiB);
    const path = server().file(artifact.name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.stylus-image.json`, "{}");
    await server().datastore().publish(artifact, quietly());
    assert.equal(sha256(await content(artifact.name)), artifact.sha256);
    assert.match(String(await content(`${artifact.name}.stylus-image.json`)), /artifactKey/);
  });

  it("publishes one disk when two programs publish the same at once", async () => {
    const { raw, vmdk } = await makeDisk(folder());
    const targets = [server().datastore(), server().datastore()];
    const [one, other] = await Promise.all(targets.map((it) => it.publish(vmdk, quietly())));
    assert.deepEqual(one, other);
    assert.deepEqual(await beside(vmdk), ["-flat.vmdk", ".vmdk", ".vmdk.stylus-image.json"]);
    const flat = vmdk.name.replace(/\.vmdk$/, "-flat.vmdk");
    assert.equal(sha256(await content(flat)), sha256(await readFile(raw)));
    assert.deepEqual(await targets[0]?.find(recorded(one!), never), { state: "present" });
  });

  it("downloads a published qcow2 unchanged, and rejects a changed one", async () => {
    const artifact = await makeArtifact(folder(), 3 * MiB);
    const target = server().datastore({ formats: ["qcow2"] });
    const published = recorded(await target.publish(artifact, quietly()));
    const back = join(folder(), "back.qcow2");
    await target.retrieve(published, back, quietly());
    assert.equal(sha256(await readFile(back)), artifact.sha256);
    const bytes = await content(artifact.name);
    bytes[1000] = bytes[1000]! ^ 1;
    await writeFile(server().file(artifact.name), bytes);
    const again = join(folder(), "again.qcow2");
    await assert.rejects(
      target.retrieve(published, again, quietly()),
      fails("publish.failed", /has the SHA-256/, /changed/),
    );
    await assert.rejects(stat(again));
  });

  it("publishes an uncompressed file whose SHA-256 is not known yet", async () => {
    const { sha256: known, ...artifact } = await makeOva(1 * MiB);
    const published = await server().datastore().publish(artifact, quietly());
    assert.equal(published.sha256, known);
  });

  it("publishes nothing of a file that changed after it was made", async () => {
    const artifact = await makeOva(3 * MiB);
    const bytes = await readFile(artifact.path);
    bytes[0] = bytes[0]! ^ 1;
    await writeFile(artifact.path, bytes);
    await assert.rejects(
      server().datastore().publish(artifact, quietly()),
      fails("publish.failed", /changed while it was published/, /Run the build again/),
    );
    assert.deepEqual(await beside(artifact), []);
  });

  it("logs in again when the session ends during the work", async () => {
    const artifact = await makeOva(2 * MiB);
    server().proxy.add({ when: isPut, times: 1, fault: { type: "delay", milliseconds: 1000 } });
    const publishing = server().datastore().publish(artifact, quietly());
    while (!server().proxy.requests.some(isPut)) await delay(20);
    await endSession(server());
    const published = recorded(await publishing);
    assert.equal(sha256(await content(artifact.name)), artifact.sha256);
    const logins = server()
      .soapBodies()
      .filter((it) => it.includes("<Login "));
    assert.equal(logins.length, 2);
    assert.deepEqual(await server().datastore().find(published, never), { state: "present" });
  });

  it("sends a file again from its beginning when the server requires a new login", async () => {
    const artifact = await makeOva(2 * MiB);
    server().proxy.add({ when: isPut, times: 1, fault: { type: "status", status: 401 } });
    await server().datastore().publish(artifact, quietly());
    assert.equal(sha256(await content(artifact.name)), artifact.sha256);
  });

  it("says so when every new session ends at once", async () => {
    const artifact = await makeOva(1 * MiB);
    server().proxy.add({ when: isPut, fault: { type: "status", status: 401 } });
    await assert.rejects(
      server().datastore().publish(artifact, quietly()),
      fails("publish.denied", /ended two sessions in a row/, /session limits/),
    );
  });

  it("ends its session", async () => {
    const artifact = await makeOva(1 * MiB);
    await server().datastore().publish(artifact, quietly());
    await assert.rejects(endSession(server()), /NotFound/);
  });

  it("reports a full datastore, with and without a response", async () => {
    const artifact = await makeOva(2 * MiB);
    server().proxy.add({ when: isPut, fault: { type: "status", status: 507 } });
    await assert.rejects(
      server().datastore().publish(artifact, quietly()),
      fails("publish.failed", /507/, /full/, /Free space/),
    );
    assert.deepEqual(await beside(artifact), []);
    server().proxy.reset();
    // The file's size is enough; its content is never read.
    const huge = { ...artifact, sizeBytes: 2 ** 60 };
    await assert.rejects(
      server().datastore().publish(huge, quietly()),
      fails("publish.failed", /has .* free, but the artifact has/, /Free space/),
    );
    assert.deepEqual(server().proxy.requests.filter(isPut), []);
  });

  it("fails when the server stored fewer bytes than were sent", async () => {
    const artifact = await makeOva(2 * MiB);
    server().proxy.add({ when: isPut, times: 1, fault: { type: "status", status: 200 } });
    await assert.rejects(
      server().datastore().publish(artifact, quietly()),
      fails("publish.unreachable", new RegExp(`has 0 of ${artifact.sizeBytes} bytes`)),
    );
    assert.deepEqual(await beside(artifact), []);
  });

  it("lists the existing names when datastore or datacenter are missing", async () => {
    const artifact = await makeOva(1 * MiB);
    await assert.rejects(
      server().datastore({ datastore: "Nowhere" }).publish(artifact, quietly()),
      fails("publish.not-found", /"LocalDS_0", "LocalDS_1"/, /Correct the target's `datastore`/),
    );
    await assert.rejects(
      server().datastore({ datacenter: "DC7" }).publish(artifact, quietly()),
      fails("publish.not-found", /There is "DC0"/, /Correct the target's `datacenter`/),
    );
    // A datastore that the user may not see gives the same answer, so the files do not count as gone.
    const published = recorded(await server().datastore().publish(artifact, quietly()));
    const target = server().datastore({ datastore: "Nowhere" });
    const uri = published.uri.replace("LocalDS_0", "Nowhere");
    const finding = await target.find({ ...published, uri }, never);
    assert.equal(finding.state, "unreachable");
  });

  it("removes nothing while the datastore is not in the inventory, and says what to do", async () => {
    const artifact = await makeOva(1 * MiB);
    const target = server().datastore({ datastore: "LocalDS_1" });
    const published = recorded(await target.publish(artifact, quietly()));
    const { vcenter } = server();
    const datastore = (await vcenter.idOf("DC0/datastore/LocalDS_1")) ?? "none";
    await vcenter.soap("Destroy_Task", `Datastore:${datastore}`, "");
    // Its files still exist, as on a datastore that was unmounted.
    assert.equal((await target.find(published, never)).state, "unreachable");
    await assert.rejects(
      target.remove(published, never),
      fails("publish.not-found", /There is "LocalDS_0"/, /an empty datastore of that name/),
    );
    await addDatastore(vcenter, "LocalDS_1", join(folder(), "empty"));
    assert.deepEqual(await target.find(published, never), { state: "absent" });
    await target.remove(published, never);
  });

  it("finds the only datacenter by itself", async () => {
    const artifact = await makeOva(1 * MiB);
    const target = server().datastore({ datacenter: undefined, folder: undefined });
    const published = await target.publish(artifact, quietly());
    const { address } = server();
    assert.equal(published.uri, `vsphere://${address}/datastore/LocalDS_0/${artifact.name}`);
    const url = `https://${address}/folder/${artifact.name}?dcPath=DC0&dsName=LocalDS_0`;
    assert.equal(published.url, url);
    assert.deepEqual(await target.find(recorded(published), never), { state: "present" });
  });

  it("reports wrong credentials without showing them", async () => {
    const artifact = await makeOva(1 * MiB);
    const target = server().datastore({ password: "secret-for-tests-only-and-wrong" });
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.denied", /is wrong, or the account is locked/, /VSPHERE_PASSWORD/),
    );
    assert.deepEqual(server().proxy.requests.filter(isPut), []);
  });

  it("calls publications unreachable, never absent, when the server does not respond", async () => {
    const artifact = await makeOva(1 * MiB);
    const published = recorded(await server().datastore().publish(artifact, quietly()));
    for (const status of [403, 500, 503]) {
      server().proxy.reset();
      server().proxy.add({
        when: ({ method }) => method === "HEAD",
        fault: { type: "status", status },
      });
      const finding = await server().datastore().find(published, never);
      assert.equal(finding.state, "unreachable", String(status));
    }
  });
});

describe("a vCenter of two datacenters", () => {
  const folder = useFolder();
  const server = useVsphereServer(2);

  it("requires the name of one of them", async () => {
    const artifact = asFormat(await makeArtifact(folder(), MiB), "ova");
    await assert.rejects(
      server().datastore({ datacenter: undefined }).publish(artifact, quietly()),
      fails("publish.not-found", /2 datacenters: "DC0", "DC1"/, /target's `datacenter`/),
    );
    const published = await server().datastore({ datacenter: "DC1" }).publish(artifact, quietly());
    assert.match(published.url, /dcPath=DC1&/);
    const root = server().vcenter.datastores.get("DC1/LocalDS_0") ?? "";
    const bytes = await readFile(join(root, "images/edge", artifact.name));
    assert.equal(sha256(bytes), artifact.sha256);
  });
});
