import assert from "node:assert/strict";
import type { ErrorCode } from "../../../../provider/base/errors";
import { noFindings, type AccessFindings } from "../../../../provider/targets/access";
import { vsphereTarget } from "../../../../provider/targets/vsphere/target";
import { never } from "../../../support/artifacts";
import { needs } from "../access";
import { libraryName, useVsphereServer } from "./server";

const ova = { ...needs, formats: ["ova"] as const };
const deploy = { datacenter: "DC0", host: "DC0_H0", datastore: "LocalDS_1", network: "VM Network" };

function assertOnly({ problems }: AccessFindings, code: ErrorCode, ...texts: RegExp[]): void {
  assert.deepEqual(
    problems.map((it) => it.code),
    [code],
    problems.map(({ message }) => message).join("\n"),
  );
  for (const text of texts) assert.match(problems[0]?.message ?? "", text);
}

describe("asking a vCenter", () => {
  const server = useVsphereServer();
  /** The simulator grants every privilege; a real vCenter answers so for a role without these. */
  const withhold = (...privileges: readonly string[]): void =>
    server().proxy.add({
      fault: {
        type: "rewrite",
        from: new RegExp(
          `(<privId>(?:${privileges.join("|")})</privId>\\s*<isGranted>)true`.replaceAll(
            ".",
            "\\.",
          ),
          "g",
        ),
        to: "$1false",
      },
      when: ({ method, path }) => method === "POST" && path === "/sdk",
    });
  const datastore = (more = {}, wanted = needs) =>
    server().datastore(more).checkAccess(wanted, never);
  const library = (more = {}) => server().library(more).checkAccess(ova, never);

  it("refuses a role without the rights on the datastore, and names them", async () => {
    withhold("Datastore.FileManagement", "Datastore.Browse");
    assertOnly(
      await datastore(),
      "publish.denied",
      /lacks the privileges Datastore\.Browse, Datastore\.FileManagement on the datastore "LocalDS_0"/,
      /Give it a role with these privileges/,
    );
  });

  it("says nothing where the server cannot say which rights the user has", async () => {
    server().proxy.add({
      fault: {
        type: "rewrite",
        from: /<HasPrivilegeOnEntitiesResponse[\s\S]*<\/HasPrivilegeOnEntitiesResponse>/g,
        to: "<Fault><faultcode>x</faultcode><faultstring>not supported</faultstring><detail><NotSupportedFault/></detail></Fault>",
      },
    });
    assert.deepEqual(await datastore(), noFindings);
  });

  it("refuses a wrong password, a missing datastore and a missing library, with what there is", async () => {
    const wrong = server().spec({ password: "wrong", datastore: "LocalDS_0" });
    const { problems } = await vsphereTarget(wrong, { rootDirectory: "/" }).checkAccess(
      needs,
      never,
    );
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["publish.denied"],
    );
    assertOnly(await datastore({ datastore: "none" }), "publish.not-found", /"LocalDS_0"/);
    assertOnly(await library({ library: "none" }), "publish.not-found", new RegExp(libraryName));
  });

  it("refuses a datastore that certainly has too little room, also the library's", async () => {
    const huge = { ...ova, leastBytes: 2 ** 60 };
    assertOnly(await datastore({}, { ...needs, leastBytes: 2 ** 60 }), "publish.failed", /free/);
    const found = await server().library().checkAccess(huge, never);
    assertOnly(found, "publish.failed", /The datastore "LocalDS_0" has .* free/);
  });

  it("refuses a role that may not add items, and leaves no item", async () => {
    server().proxy.add({
      fault: {
        type: "status",
        status: 403,
        json: { type: "com.vmware.vapi.std.errors.unauthorized", value: { messages: [] } },
      },
      when: ({ method, path }) => method === "POST" && path.endsWith("/content/library/item"),
    });
    assertOnly(await library(), "publish.denied", /Content library > Add/);
  });

  it("removes the item of a server that accepts its impossible name", async () => {
    const removed: string[] = [];
    server().proxy.add({
      fault: { type: "status", status: 200, json: { value: "made-up" } },
      when: ({ method, path }) => method === "POST" && path.endsWith("/content/library/item"),
    });
    server().proxy.add({
      fault: { type: "status", status: 200, json: {} },
      when: ({ method, path }) => {
        const isRemoval = method === "DELETE" && path.endsWith("/library/item/id:made-up");
        if (isRemoval) removed.push(path);
        return isRemoval;
      },
    });
    assert.deepEqual(await library(), noFindings);
    assert.equal(removed.length, 1);
  });

  it("refuses what a template could not be deployed to, with all other problems", async () => {
    assert.deepEqual(await library({ deploy }), noFindings);
    const found = await library({ deploy: { ...deploy, network: "none" } });
    assertOnly(found, "publish.not-found", /no network "none"/, /deploy\.network/);
    const both = await library({ library: "none", deploy: { ...deploy, datastore: "none" } });
    assert.equal(both.problems.length, 2);
    withhold("Network.Assign", "VApp.Import");
    assertOnly(
      await library({ deploy }),
      "publish.denied",
      /VApp\.Import on the resource pool of "DC0_H0"; Network\.Assign on the network "VM Network"/,
    );
    // Without an OVA nothing is deployed.
    const iso = { ...needs, formats: ["iso"] as const };
    const target = server().library({ deploy: { ...deploy, network: "none" } });
    assert.deepEqual(await target.checkAccess(iso, never), noFindings);
  });
});
