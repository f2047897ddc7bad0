import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { execa } from "execa";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { LocalArtifact } from "../../../../../provider/targets/local-artifact";
import type { Publication } from "../../../../../provider/schema/state";
import { never, quietly, recorded, useFolder } from "../../../../support/artifacts";
import { fails } from "../../../../support/failures";
import { conformsAsTarget } from "../../conformance";
import { makeDisk } from "../artifacts";
import { bytesPut, libraryName, useVsphereServer } from "../server";

const isUpload = ({ method }: { method: string }) => method === "PUT";
const item = z.object({ id: z.string(), name: z.string(), description: z.string().optional() });

const deployed = z.object({
  item: z.object({ id: z.string(), name: z.string(), type: z.string() }),
  files: z.array(z.object({ name: z.string(), size: z.number() })),
  machine: z.object({ guestId: z.string(), memorySizeMB: z.number() }).loose(),
  devices: z.array(z.string()),
});

describe("publishing to a content library", () => {
  const folder = useFolder();
  const server = useVsphereServer();
  const makeOva = async (): Promise<LocalArtifact> => (await makeDisk(folder())).ova;
  const fileName = ({ name }: LocalArtifact): string => name.slice(name.lastIndexOf("/") + 1);

  async function items(): Promise<z.infer<typeof item>[]> {
    const { vcenter } = server();
    const ids = z.array(z.string()).nullish();
    const [library] = ids.parse(await vcenter.rest("GET", "library")) ?? [];
    const listed = await vcenter.rest("GET", `library/item?library_id=${library}`);
    const all = ids.parse(listed) ?? [];
    return Promise.all(
      // The simulator lists them in random order.
      all
        .toSorted()
        .map(async (id) => item.parse(await vcenter.rest("GET", `library/item/id:${id}`))),
    );
  }
  const named = async (artifact: LocalArtifact) => {
    const name = fileName(artifact);
    return (await items()).filter((it) => it.name.startsWith(name));
  };
  async function createItem(name: string, description: string): Promise<string> {
    const ids = z.array(z.string());
    const [library_id] = ids.parse(await server().vcenter.rest("GET", "library"));
    const create_spec = { library_id, name, description, type: "ovf" };
    return z.string().parse(await server().vcenter.rest("POST", "library/item", { create_spec }));
  }
  async function beginUpload(library_item_id: string): Promise<void> {
    const create_spec = { library_item_id };
    await server().vcenter.rest("POST", "library/item/update-session", { create_spec });
  }
  /** A minimal `govc`: govmomi reads the item and deploys it. */
  async function deploy(artifact: LocalArtifact): Promise<z.infer<typeof deployed>> {
    const { vcenter } = server();
    const { address } = server();
    const args = ["deploy", `https://${address}`, libraryName, fileName(artifact)];
    const env = { VCENTER_USER: vcenter.username, VCENTER_PASSWORD: vcenter.password };
    const { stdout } = await execa(process.env["STYLUS_TEST_VCENTER"] ?? "vcenter", args, { env });
    return deployed.parse(JSON.parse(stdout));
  }

  conformsAsTarget({
    open: () => server().library(),
    places: {
      same: () => server().library({ server: server().address.replace("127.0.0.1", "localhost") }),
      another: async () => {
        const library = `Others ${randomBytes(4).toString("hex")}`;
        await server().vcenter.createLibrary(library);
        return server().library({ library });
      },
    },
    folder,
    makeArtifact: makeOva,
    stored: async (artifact) => {
      const found = await named(artifact);
      return found.length === 0 ? undefined : JSON.stringify(found);
    },
    listing: async () => JSON.stringify(await items()),
    uploadedBytes: () => bytesPut(server()),
    resetCounts: () => server().proxy.reset(),
    putForeign: (artifact) => createItem(fileName(artifact), "mine"),
    alter: async (artifact) => {
      const [ours] = await named(artifact);
      await server().vcenter.rest("DELETE", `library/item/id:${ours?.id}`);
      await createItem(fileName(artifact), ours?.description ?? "");
    },
    altered: /It contains nothing, expected/,
    interrupted: "starts again",
    retrieve: /has no disk.*another target/s,
  });

  it("uploads an OVA, and returns its address", async () => {
    const artifact = await makeOva();
    const target = server().library();
    const told: number[] = [];
    const options = quietly({ onProgress: (done) => told.push(done) });
    const published = await target.publish(artifact, options);
    const [found] = await named(artifact);
    const { address } = server();
    const { format, sizeBytes, sha256, mediaType, artifactKey } = artifact;
    assert.deepEqual(published, {
      format,
      target: `vsphere://${address}/library/Edge%20images`,
      uri: `vsphere://${address}/library/Edge%20images/${fileName(artifact)}`,
      url: `https://${address}/api/content/library/item/${found?.id}`,
      sizeBytes,
      sha256,
      mediaType,
      artifactKey,
    });
    assert.equal(published.target, target.id);
    assert.equal(bytesPut(server()), sizeBytes);
    assert.ok(told.length > 3, "progress within the file");
    assert.deepEqual(await target.find(recorded(published), never), { state: "present" });
  });

  it("publishes an item from which govmomi deploys a virtual machine", async () => {
    const artifact = await makeOva();
    await server().library().publish(artifact, quietly());
    const found = await deploy(artifact);
    assert.equal(found.item.type, "ovf");
    assert.deepEqual(found.files.map(({ name }) => name).sort(), [
      "image-disk1.vmdk",
      "image.mf",
      "image.ovf",
    ]);
    assert.equal(found.machine.guestId, "other4xLinux64Guest");
    assert.equal(found.machine.memorySizeMB, 8192);
    assert.ok(found.devices.includes("pvscsi"), found.devices.join());
    assert.ok(found.devices.includes("disk"), found.devices.join());
  });

  it("tells the server size and SHA-256 of the upload", async () => {
    const artifact = await makeOva();
    await server().library().publish(artifact, quietly());
    const [spec] = server().front.texts.filter((text) => text.includes('"file_spec"'));
    assert.deepEqual(JSON.parse(spec?.slice(spec.indexOf('{"file_spec"')) ?? ""), {
      file_spec: {
        name: fileName(artifact),
        source_type: "PUSH",
        size: artifact.sizeBytes,
        checksum_info: { algorithm: "SHA256", checksum: artifact.sha256 },
      },
    });
  });

  it("sends nothing for an artifact that is already published", async () => {
    const artifact = await makeOva();
    const first = await server().library().publish(artifact, quietly());
    server().proxy.reset();
    const second = await server().library().publish(artifact, quietly());
    assert.deepEqual(second, first);
    assert.equal(bytesPut(server()), 0);
    const written = server().proxy.requests.filter(({ path }) => path.includes("update"));
    assert.deepEqual(written, []);
  });

  it("shows nothing under the final name before it is complete", async () => {
    const artifact = await makeOva();
    server().proxy.add({ when: isUpload, fault: { type: "delay", milliseconds: 1500 } });
    const publishing = server().library().publish(artifact, quietly());
    while (!server().proxy.requests.some(isUpload)) await delay(20);
    const during = (await named(artifact)).map(({ name }) => name);
    await publishing;
    assert.equal(during.length, 1);
    assert.match(during[0] ?? "", /-uploading-[0-9a-f]{12}$/);
    assert.deepEqual(
      (await named(artifact)).map(({ name }) => name),
      [fileName(artifact)],
    );
  });

  it("leaves nothing after a lost connection, and publishes in the next run", async () => {
    const artifact = await makeOva();
    const afterBytes = 0.4 * artifact.sizeBytes;
    server().proxy.add({ when: isUpload, fault: { type: "cut-upload", afterBytes } });
    const target = server().library();
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.unreachable", /Check the target's `server`/),
    );
    assert.deepEqual(await named(artifact), []);
    const gone = server().proxy.requests.filter(({ method }) => method === "DELETE");
    assert.ok(
      gone.some(({ path }) => path.includes("update-session")),
      "the session, too",
    );
    server().proxy.reset();
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
  });

  it("removes temporary items of killed programs, but none with an active upload", async () => {
    const artifact = await makeOva();
    const marker = JSON.stringify({
      artifactKey: artifact.artifactKey,
      sha256: artifact.sha256,
      sizeBytes: artifact.sizeBytes,
    });
    const description = `Published by pulumi-stylus-image, which removes it again: ${marker}`;
    const name = `${fileName(artifact)}-uploading-`;
    const dead = await createItem(`${name}0`, description);
    const alive = await createItem(`${name}1`, description);
    const foreign = await createItem(`${name}2`, "mine");
    await beginUpload(alive);
    await server().library().publish(artifact, quietly());
    const left = (await named(artifact)).map(({ id }) => id);
    assert.ok(!left.includes(dead), "the dead one");
    assert.ok(left.includes(alive), "the living one");
    assert.ok(left.includes(foreign), "the foreign one");
  });

  it("neither overwrites nor removes an item of that name that is not ours", async () => {
    const artifact = await makeOva();
    const foreign = await createItem(fileName(artifact), "mine");
    const target = server().library();
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.name-taken", /made by another program/, /Rename the item/),
    );
    assert.equal(bytesPut(server()), 0);
    const uri = `${target.id}/${fileName(artifact)}`;
    const { format, sizeBytes, sha256, mediaType, artifactKey } = artifact;
    const said = { format, sizeBytes, sha256, mediaType, artifactKey };
    const ours: Publication = { ...said, target: target.id, uri, url: uri, encoder: "" };
    assert.equal((await target.find(ours, never)).state, "altered");
    await target.remove(ours, never);
    assert.deepEqual(
      (await named(artifact)).map(({ id }) => id),
      [foreign],
    );
  });

  it("reports an item that was changed by another program", async () => {
    const artifact = await makeOva();
    const target = server().library();
    const published = recorded(await target.publish(artifact, quietly()));
    const other = { ...(await makeOva()), name: artifact.name };
    const [mine] = await named(artifact);
    assert.ok(mine);
    await server().vcenter.rest("DELETE", `library/item/id:${mine.id}`);
    const replaced = await createItem(mine.name, mine.description ?? "");
    assert.ok(replaced);
    const finding = await target.find(published, never);
    assert.match(JSON.stringify(finding), /"altered".*It contains nothing, expected/);
    await assert.rejects(target.publish(artifact, quietly()), fails("publish.name-taken"));
    await assert.rejects(target.publish(other, quietly()), fails("publish.name-taken"));
  });

  it("logs in again when the session ends during the work", async () => {
    const artifact = await makeOva();
    server().proxy.add({ when: isUpload, times: 1, fault: { type: "delay", milliseconds: 1000 } });
    const publishing = server().library().publish(artifact, quietly());
    while (!server().proxy.requests.some(isUpload)) await delay(20);
    const id = server().proxy.requests.find(isUpload)?.headers["vmware-api-session-id"];
    const session = `http://127.0.0.1:${server().vcenter.port}/rest/com/vmware/cis/session`;
    await fetch(session, {
      method: "DELETE",
      headers: { "vmware-api-session-id": String(id) },
    });
    const published = recorded(await publishing);
    assert.deepEqual(await server().library().find(published, never), { state: "present" });
    const logins = server().proxy.requests.filter(
      ({ method, path }) => method === "POST" && path.endsWith("/cis/session"),
    );
    // One request of the search in addition to the two of the upload.
    assert.equal(logins.length, 3);
  });

  it("ends its session", async () => {
    const artifact = await makeOva();
    await server().library().publish(artifact, quietly());
    const last = server().proxy.requests.at(-1);
    assert.deepEqual([last?.method, last?.path], ["DELETE", "/rest/com/vmware/cis/session"]);
  });

  it("finds a library by its ID, and lists the existing ones if it is missing", async () => {
    const artifact = await makeOva();
    const id = await server().vcenter.createLibrary("By its ID");
    const published = await server().library({ library: id }).publish(artifact, quietly());
    assert.equal(published.target, `vsphere://${server().address}/library/${id}`);
    await assert.rejects(
      server().library({ library: "Nowhere" }).publish(artifact, quietly()),
      fails("publish.not-found", /"By its ID", "Edge images"/, /govc library\.create Nowhere/),
    );
    await server().vcenter.rest("DELETE", `local-library/id:${id}`);
  });

  it("reports wrong credentials without showing them", async () => {
    const artifact = await makeOva();
    const target = server().library({ password: "secret-for-tests-only-and-wrong" });
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.denied", /is wrong, or the account is locked/, /VSPHERE_PASSWORD/),
    );
    assert.equal(bytesPut(server()), 0);
  });

  it("reports a full datastore", async () => {
    const artifact = await makeOva();
    server().proxy.add({ when: isUpload, fault: { type: "status", status: 507 } });
    await assert.rejects(
      server().library().publish(artifact, quietly()),
      fails("publish.failed", /507/, /full/, /Free space/),
    );
    assert.deepEqual(await named(artifact), []);
  });
});
