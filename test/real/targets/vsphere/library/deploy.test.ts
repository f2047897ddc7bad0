import assert from "node:assert/strict";
import { execa } from "execa";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { withoutTemplate } from "../../../../../provider/plan/template";
import type { LocalArtifact } from "../../../../../provider/targets/local-artifact";
import type { Target } from "../../../../../provider/targets/target";
import type { Publication } from "../../../../../provider/schema/state";
import { never, quietly, recorded, useFolder } from "../../../../support/artifacts";
import { fails } from "../../../../support/failures";
import { makeDisk } from "../artifacts";
import { bytesPut, useVsphereServer } from "../server";

const cloned = z.object({
  template: z.object({
    isTemplate: z.boolean(),
    uuid: z.string(),
    annotation: z.string(),
    devices: z.array(z.string()),
    networks: z.array(z.string()),
    datastores: z.array(z.string()),
  }),
  machine: z.object({ guestId: z.string(), memorySizeMB: z.number(), uuid: z.string() }).loose(),
  path: z.string(),
});

const isDeploy = ({ path }: { path: string }) => path.includes("action=deploy");
const deploy = { datacenter: "DC0", host: "DC0_H0", datastore: "LocalDS_1", network: "DC0_DVPG0" };

describe("deploying a template from a content library", () => {
  const folder = useFolder();
  const server = useVsphereServer();
  let artifact: LocalArtifact;
  before(async () => {
    artifact = (await makeDisk(folder())).ova;
  });

  const open = (more: Record<string, unknown> = {}): Target =>
    server().library({ deploy: { ...deploy, ...more } });
  /** Unique content, so that no test finds the templates of another. */
  const publish = async (target: Target, of?: LocalArtifact): Promise<Publication> => {
    const { templates } = target.capabilities;
    const fresh = of ?? (await makeDisk(folder())).ova;
    const published = recorded(await target.publish(fresh, quietly()));
    return templates?.describe(published) ?? published;
  };
  const deployOn = async (target: Target, publication: Publication): Promise<void> => {
    await target.capabilities.templates?.deploy(publication, never);
  };
  const pathOf = ({ template }: Publication): string => template?.path.slice(1) ?? "";
  const there = (publication: Publication) => server().vcenter.idOf(pathOf(publication));
  const machineOf = async (publication: Publication): Promise<string> =>
    `VirtualMachine:${(await there(publication)) ?? "none"}`;
  const deploys = (): number => server().proxy.requests.filter(isDeploy).length;
  async function clone(publication: Publication, name: string): Promise<z.infer<typeof cloned>> {
    const { address, vcenter } = server();
    const args = ["clone", `https://${address}`, publication.template?.path ?? "", name];
    const env = { VCENTER_USER: vcenter.username, VCENTER_PASSWORD: vcenter.password };
    const { stdout } = await execa(process.env["STYLUS_TEST_VCENTER"] ?? "vcenter", args, { env });
    return cloned.parse(JSON.parse(stdout));
  }
  /** Copies the notes of the source, as a vCenter does for a clone and the simulator does not. */
  async function cloneWithNotes(
    publication: Publication,
    name: string,
  ): Promise<{ machine: string; notes: string }> {
    const { vcenter } = server();
    const { template } = await clone(publication, name);
    const machine = `VirtualMachine:${(await vcenter.idOf(`DC0/vm/${name}`)) ?? ""}`;
    const notes = `<annotation>${template.annotation.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</annotation>`;
    await vcenter.soap("ReconfigVM_Task", machine, `<spec>${notes}</spec>`);
    return { machine, notes };
  }
  /** Whether the last request calls that method. */
  const calls = (method: string) => (): boolean =>
    server().soapBodies().at(-1)?.includes(`<${method}`) === true;
  /** The state that a killed program leaves while the server continues its task. */
  async function leaveHalf(publication: Publication, suffix: string): Promise<string> {
    const { vcenter } = server();
    const target = open();
    server().proxy.add({ when: isDeploy, times: 1, fault: { type: "status", status: 503 } });
    await assert.rejects(deployOn(target, publication));
    const asked = server().front.texts.findLast((text) => text.includes('"deployment_spec"'));
    const body = z
      .object({ deployment_spec: z.object({ name: z.string() }).loose(), target: z.unknown() })
      .parse(JSON.parse(asked?.slice(asked.indexOf('{"deployment_spec"')) ?? ""));
    const name = `${publication.template?.name ?? ""}-${suffix}`;
    const spec = { ...body, deployment_spec: { ...body.deployment_spec, name } };
    const id = publication.url.slice(publication.url.lastIndexOf("/") + 1);
    await vcenter.rest("POST", `/vcenter/ovf/library-item/id:${id}?~action=deploy`, spec);
    server().proxy.reset();
    return `DC0/vm/${name}`;
  }

  it("reports a publication without its template, and deploys it without another upload", async () => {
    const publication = await publish(server().library(), artifact);
    server().proxy.reset();
    const target = open();
    const described = target.capabilities.templates?.describe(publication) ?? publication;
    const finding = await target.find(described, never);
    assert.match(
      JSON.stringify(finding),
      /"undeployed".*There is no template \/DC0\/vm\/edge-4\.5-/,
    );
    await deployOn(target, described);
    assert.deepEqual(await target.find(described, never), { state: "present" });
    assert.equal(bytesPut(server()), 0);
  });

  it("deploys a template that govmomi finds by path and UUID, and can clone", async () => {
    const target = open();
    const publication = await publish(target);
    await deployOn(target, publication);
    const { template, machine } = await clone(publication, "cloned-1");
    assert.equal(template.isTemplate, true);
    assert.equal(template.uuid, publication.template?.uuid);
    assert.deepEqual(template.networks, ["DC0_DVPG0"]);
    assert.deepEqual(template.datastores, ["LocalDS_1"]);
    assert.ok(template.devices.includes("pvscsi"), template.devices.join());
    assert.equal(machine.guestId, "other4xLinux64Guest");
    assert.equal(machine.memorySizeMB, 8192);
    assert.notEqual(machine.uuid, template.uuid);
  });

  it("deploys once, even if it is called several times", async () => {
    const target = open();
    const publication = await publish(target);
    await deployOn(target, publication);
    const id = await there(publication);
    await deployOn(target, publication);
    assert.equal(deploys(), 1);
    assert.equal(await there(publication), id);
  });

  it("makes one template when two programs deploy at once", async () => {
    const publication = await publish(open());
    server().proxy.add({ when: isDeploy, times: 1, fault: { type: "delay", milliseconds: 1000 } });
    await Promise.all([deployOn(open(), publication), deployOn(open(), publication)]);
    assert.equal(deploys(), 2, "neither saw the other");
    assert.deepEqual(await open().find(publication, never), { state: "present" });
    assert.deepEqual(await machinesBeginning(publication), [publication.template?.name]);
  });

  it("waits for another program that deploys the same template", async () => {
    const publication = await publish(open());
    const when = calls("ReconfigVM_Task");
    server().proxy.add({ when, times: 1, fault: { type: "delay", milliseconds: 3000 } });
    const first = deployOn(open(), publication);
    while (
      !server()
        .soapBodies()
        .some((text) => text.includes("<ReconfigVM_Task"))
    )
      await delay(20);
    await deployOn(open(), publication);
    await first;
    assert.equal(deploys(), 1);
    assert.deepEqual(await machinesBeginning(publication), [publication.template?.name]);
  });

  async function machinesBeginning({ template }: Publication): Promise<string[]> {
    const view = await server().vcenter.soap(
      "RetrieveProperties",
      "PropertyCollector:propertyCollector",
      `<specSet><propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet><obj type="Folder">${(await server().vcenter.idOf("DC0/vm")) ?? ""}</obj><skip>true</skip><selectSet xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="TraversalSpec"><type>Folder</type><path>childEntity</path></selectSet></objectSet></specSet>`,
    );
    const names = [...view.matchAll(/<val[^>]*>([^<]+)</g)].map(([, name = ""]) => name);
    return names.filter((name) => name.startsWith(template?.name ?? "?"));
  }

  it("reports a template that is gone, and one that was converted to a machine", async () => {
    const target = open();
    const publication = await publish(target);
    await deployOn(target, publication);
    const { vcenter } = server();
    const pool = await vcenter.idOf("DC0/host/DC0_H0/Resources");
    const marked = await machineOf(publication);
    await vcenter.soap("MarkAsVirtualMachine", marked, `<pool type="ResourcePool">${pool}</pool>`);
    assert.match(
      JSON.stringify(await target.find(publication, never)),
      /"undeployed".*not a template/,
    );
    await deployOn(target, publication);
    assert.equal(deploys(), 1, "it is only marked");
    assert.deepEqual(await target.find(publication, never), { state: "present" });
    await vcenter.soap("Destroy_Task", await machineOf(publication), "");
    assert.match(
      JSON.stringify(await target.find(publication, never)),
      /"undeployed".*There is no/,
    );
    await deployOn(target, publication);
    assert.deepEqual(await target.find(publication, never), { state: "present" });
  });

  it("reports a template that was changed, and does not overwrite it", async () => {
    const target = open();
    const publication = await publish(target);
    await deployOn(target, publication);
    const { vcenter } = server();
    const pool = await vcenter.idOf("DC0/host/DC0_H0/Resources");
    const machine = await machineOf(publication);
    await vcenter.soap("MarkAsVirtualMachine", machine, `<pool type="ResourcePool">${pool}</pool>`);
    await vcenter.soap("ReconfigVM_Task", machine, "<spec><memoryMB>1024</memoryMB></spec>");
    await vcenter.soap("MarkAsTemplate", machine, "");
    const finding = await target.find(publication, never);
    assert.match(JSON.stringify(finding), /"undeployed".*memory.*differ/);
    await assert.rejects(
      deployOn(target, publication),
      fails("publish.name-taken", /never overwritten/, /deploy\.name/),
    );
    assert.ok(await there(publication));
  });

  it("neither touches nor removes a machine of that name that is not ours", async () => {
    const target = open();
    const publication = await publish(target);
    await deployOn(target, publication);
    const own = await machineOf(publication);
    const { machine, notes } = await cloneWithNotes(publication, "cloned-2");
    const { vcenter } = server();
    await vcenter.soap("Destroy_Task", own, "");
    for (const [spec, why] of [
      ["<annotation>mine</annotation>", /made by another program/],
      [notes, /a clone/],
    ] as const) {
      const name = `<name>${publication.template?.name ?? ""}</name>`;
      await vcenter.soap("ReconfigVM_Task", machine, `<spec>${name}${spec}</spec>`);
      await assert.rejects(
        deployOn(target, publication),
        fails("publish.name-taken", why, /Rename or remove it/),
      );
    }
    await vcenter.soap("MarkAsTemplate", machine, "");
    const { uri, target: at } = publication;
    assert.equal((await target.find(publication, never)).state, "undeployed", `${uri} at ${at}`);
    await target.remove(publication, never);
    assert.equal(await machineOf(publication), machine);
  });

  it("removes item and template, but no clone and no renamed template", async () => {
    const target = open();
    const publication = await publish(target);
    await deployOn(target, publication);
    const { machine } = await cloneWithNotes(publication, "cloned-3-0123456789ab");
    await target.remove(publication, never);
    assert.equal(await there(publication), undefined);
    assert.equal(
      `VirtualMachine:${await server().vcenter.idOf("DC0/vm/cloned-3-0123456789ab")}`,
      machine,
    );
    assert.deepEqual(await target.find(publication, never), { state: "absent" });
    await target.remove(publication, never);

    const second = await publish(target);
    await deployOn(target, second);
    const renamed = "<spec><name>kept-0123456789ab</name></spec>";
    await server().vcenter.soap("ReconfigVM_Task", await machineOf(second), renamed);
    await target.remove(second, never);
    assert.ok(await server().vcenter.idOf("DC0/vm/kept-0123456789ab"));
  });

  it("removes a template that was moved to another folder", async () => {
    const target = open();
    const publication = await publish(target);
    await deployOn(target, publication);
    const { vcenter } = server();
    const machine = await machineOf(publication);
    const root = (await vcenter.idOf("DC0/vm")) ?? "";
    await vcenter.soap("CreateFolder", `Folder:${root}`, "<name>Moved</name>");
    const moved = (await vcenter.idOf("DC0/vm/Moved")) ?? "";
    const list = `<list type="VirtualMachine">${machine.split(":")[1]}</list>`;
    await vcenter.soap("MoveIntoFolder_Task", `Folder:${moved}`, list);
    const path = `DC0/vm/Moved/${publication.template?.name ?? ""}`;
    assert.ok(await vcenter.idOf(path));
    await target.remove(publication, never);
    assert.equal(await vcenter.idOf(path), undefined);
  });

  it("removes templates even for an owner without `deploy`", async () => {
    const publication = await publish(open());
    await deployOn(open(), publication);
    await server().library().remove(withoutTemplate(publication), never);
    assert.equal(await there(publication), undefined);
  });

  it("sweep removes templates of former options, and nothing else", async () => {
    const before = await publish(open());
    await deployOn(open(), before);
    const target = open({ datastore: "LocalDS_0" });
    const publication = target.capabilities.templates?.describe(before) ?? before;
    assert.notEqual(pathOf(publication), pathOf(before));
    await deployOn(target, publication);
    await target.capabilities.templates?.sweep(publication, never);
    assert.equal(await there(before), undefined);
    assert.deepEqual(await target.find(publication, never), { state: "present" });
  });

  it("cleans up when the response is lost, and deploys in the next run", async () => {
    const target = open();
    const publication = await publish(target);
    server().proxy.add({ when: isDeploy, times: 1, fault: { type: "lose-answer" } });
    await assert.rejects(deployOn(target, publication), fails("publish.unreachable"));
    assert.deepEqual(await machinesBeginning(publication), []);
    await deployOn(target, publication);
    assert.deepEqual(await target.find(publication, never), { state: "present" });
  });

  it("removes the incomplete machine of a killed program", async () => {
    const publication = await publish(open());
    const half = await leaveHalf(publication, "0123456789ab");
    assert.ok(await server().vcenter.idOf(half));
    await deployOn(open(), publication);
    assert.deepEqual(await machinesBeginning(publication), [publication.template?.name]);
  });

  it("continues after a program that was killed before it converted the machine to a template", async () => {
    const publication = await publish(open());
    const target = open();
    const when = calls("MarkAsTemplate");
    server().proxy.add({ when, times: 1, fault: { type: "status", status: 503 } });
    await assert.rejects(deployOn(target, publication));
    const id = await there(publication);
    assert.ok(id);
    await deployOn(target, publication);
    assert.equal(await there(publication), id);
    assert.equal(deploys(), 1);
  });

  it("leaves nothing when it is cancelled", async () => {
    const publication = await publish(open());
    const user = new AbortController();
    server().proxy.add({ when: isDeploy, fault: { type: "delay", milliseconds: 60_000 } });
    const deploying = open().capabilities.templates?.deploy(publication, user.signal);
    while (deploys() === 0) await delay(20);
    user.abort();
    await assert.rejects(deploying ?? Promise.resolve(), fails("build.cancelled"));
    assert.deepEqual(await machinesBeginning(publication), []);
  });

  it("finds folders, pools and clusters by their paths", async () => {
    const { vcenter } = server();
    const root = (await vcenter.idOf("DC0/vm")) ?? "";
    await vcenter.soap("CreateFolder", `Folder:${root}`, "<name>Templates</name>");
    for (const [where, path] of [
      [{ host: undefined, cluster: "/DC0/host/DC0_C0", folder: "Templates" }, "/DC0/vm/Templates/"],
      [{ host: undefined, resourcePool: "DC0_C0/Resources", folder: "/DC0/vm" }, "/DC0/vm/edge"],
      [{ network: "/DC0/network/VM Network", name: "golden" }, "/DC0/vm/golden-"],
    ] as const) {
      const target = open({ datastore: "LocalDS_0", ...where });
      const publication = await publish(target);
      await deployOn(target, publication);
      assert.ok(publication.template?.path.startsWith(path), publication.template?.path);
      assert.deepEqual(await target.find(publication, never), { state: "present" });
    }
  });

  const missing: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ["datacenter", { datacenter: "DC7" }, /no datacenter "DC7".*"DC0"/],
    ["folder", { folder: "Nowhere" }, /no folder of virtual machines "Nowhere"/],
    ["host", { host: "DC0_H7" }, /no host "DC0_H7".*"DC0_H0"/],
    ["cluster", { host: undefined, cluster: "C7" }, /no cluster "C7".*"DC0_C0"/],
    ["resource pool", { host: undefined, resourcePool: "p" }, /no resource pool "p".*"Resources"/],
    ["datastore", { datastore: "Fast" }, /no datastore "Fast".*"LocalDS_0", "LocalDS_1"/],
    ["network", { network: "Lab" }, /no network "Lab".*"DC0_DVPG0"/],
  ];
  for (const [what, more, said] of missing) {
    it(`lists each existing ${what} when the requested one is missing`, async () => {
      const target = open(more);
      const publication = await publish(target, artifact);
      await assert.rejects(
        deployOn(target, publication),
        fails("publish.not-found", said, /orrect/),
      );
      assert.equal(deploys(), 0);
    });
  }

  it("quotes vCenter's reason when a deployment fails", async () => {
    const target = open();
    const publication = await publish(target);
    const json = {
      value: {
        succeeded: false,
        error: { errors: [{ message: { default_message: "No host is compatible." } }] },
      },
    };
    server().proxy.add({ when: isDeploy, fault: { type: "status", status: 200, json } });
    await assert.rejects(
      deployOn(target, publication),
      fails("publish.failed", /did not deploy .*No host is compatible/, /run again/),
    );
  });

  it("names the missing privileges", async () => {
    const target = open();
    const publication = await publish(target);
    const json = { type: "com.vmware.vapi.std.errors.unauthorized", value: { messages: [] } };
    server().proxy.add({ when: isDeploy, fault: { type: "status", status: 403, json } });
    await assert.rejects(
      deployOn(target, publication),
      fails("publish.denied", /Mark as template/),
    );
  });

  it("is absent when its library is gone, and only then", async () => {
    const { vcenter } = server();
    const id = await vcenter.createLibrary("Short-lived");
    const target = server().library({ library: "Short-lived", deploy });
    const publication = await publish(target);
    await deployOn(target, publication);
    await vcenter.rest("DELETE", `local-library/id:${id}`);
    const isItem = ({ path }: { path: string }) => path.includes("/library/item/id:");
    server().proxy.add({ when: isItem, fault: { type: "status", status: 403 } });
    assert.equal((await target.find(publication, never)).state, "unreachable");
    await assert.rejects(target.remove(publication, never), fails("publish.denied"));
    assert.ok(await there(publication));
    server().proxy.reset();
    const left = await target.find(publication, never);
    assert.match(JSON.stringify(left), /"altered".*only the template/, "nothing is forgotten");
    await target.remove(publication, never);
    assert.equal(await there(publication), undefined);
    assert.deepEqual(await target.find(publication, never), { state: "absent" });
    await target.remove(publication, never);
  });
});
