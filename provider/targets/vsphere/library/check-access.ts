import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { runChecks, type AccessFindings, type PublishNeeds } from "../../access";
import { requireRoom } from "../client/datastore-room";
import { vsphereError } from "../client/errors";
import { nameOf } from "../client/inventory";
import { readProperties } from "../client/managed-objects";
import { requirePrivileges } from "../client/privileges";
import type { Rest } from "../client/rest";
import { hasStatus, isFault, ServerFault } from "../client/server-fault";
import type { Soap, UseSoap } from "../client/soap";
import { createItem, deleteItem, findLibrary, type Library } from "./items";
import { findPlacement } from "./placement";
import { subscribedError } from "./publish";

interface LibraryCheck {
  readonly rest: Rest;
  readonly useSoap: UseSoap;
  readonly spec: VsphereTargetSpec;
  readonly needs: PublishNeeds;
  readonly signal: AbortSignal;
}

/** Whether this user may add items to the library and deploy them, and whether its datastore has room. */
export async function checkLibrary(check: LibraryCheck): Promise<AccessFindings> {
  const { rest, useSoap, spec, needs, signal } = check;
  const explained = (doing: string) => (thrown: unknown) => {
    throw vsphereError(thrown, doing, spec, signal);
  };
  return runChecks(
    signal,
    async () => {
      const library = await findLibrary(rest, spec, signal).catch(explained("publish"));
      if (library.type === "SUBSCRIBED") throw subscribedError(spec, library);
      return runChecks(
        signal,
        () => checkAddItem(check, library).catch(explained("add an item")),
        () =>
          useSoap(signal, (soap) => checkStorage(soap, library, needs, signal)).catch(
            explained("read the library's datastore"),
          ),
      );
    },
    () => checkDeploy(check).catch(explained("deploy a template")),
  );
}

/** No server accepts this name: it is too long, and no file can have it. */
const impossibleName = "/".repeat(1000);

/** vCenter checks the rights before the name of the new item, so the reason of the refusal tells whether they suffice. */
async function checkAddItem(
  { rest, signal }: Pick<LibraryCheck, "rest" | "signal">,
  { id }: Library,
): Promise<undefined> {
  const item = { library_id: id, name: impossibleName, description: "", type: "iso" };
  try {
    await deleteItem(rest, await createItem(rest, item, signal), signal);
  } catch (thrown) {
    if (isFault(thrown, "unauthorized") || hasStatus(thrown, 403)) throw thrown;
    if (!(thrown instanceof ServerFault)) throw thrown;
  }
  return undefined;
}

async function checkStorage(
  soap: Soap,
  { storage_backings: backings }: Library,
  needs: PublishNeeds,
  signal: AbortSignal,
): Promise<undefined> {
  for (const { datastore_id: id } of backings) {
    if (id === undefined || id === null) continue;
    const datastore = { type: "Datastore", id };
    const properties = ["name", "summary.freeSpace"];
    const [found] = await readProperties(soap, "Datastore", [datastore], properties, signal).catch(
      // This user need not see the library's datastore.
      (thrown: unknown) => {
        if (thrown instanceof ServerFault) return [];
        throw thrown;
      },
    );
    const free = found?.values.get("summary.freeSpace")?.text;
    if (found !== undefined && free !== undefined) requireRoom(nameOf(found), Number(free), needs);
  }
  return undefined;
}

async function checkDeploy({ useSoap, spec, needs, signal }: LibraryCheck): Promise<undefined> {
  const { server, deploy } = spec;
  if (deploy === undefined || !needs.formats.includes("ova")) return undefined;
  await useSoap(signal, async (soap) => {
    const { pool, datastore, network } = await findPlacement({ soap, server, deploy, signal });
    const poolName = deploy.resourcePool ?? deploy.cluster ?? deploy.host ?? "";
    const needed = [
      {
        on: `the resource pool of "${poolName}"`,
        entity: pool,
        privileges: ["Resource.AssignVMToPool", "VApp.Import"],
      },
      {
        on: `the datastore "${deploy.datastore}"`,
        entity: datastore,
        privileges: ["Datastore.AllocateSpace"],
      },
      { on: `the network "${deploy.network}"`, entity: network, privileges: ["Network.Assign"] },
    ];
    await requirePrivileges(soap, spec, needed, signal);
  });
  return undefined;
}
