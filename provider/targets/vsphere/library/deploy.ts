import { randomBytes } from "node:crypto";
import { z } from "zod";
import { templateKey } from "../../../plan/template";
import { StylusError } from "../../../base/errors";
import type { Publication, Template } from "../../../schema/state";
import { pause, throwIfCancelled } from "../../../base/cancellation";
import { isFault } from "../client/server-fault";
import { findDatacenterAt } from "../client/inventory";
import type { LibraryItem } from "./items";
import {
  destroyMachine,
  isBusy,
  lookAtMachine,
  machinesNamed,
  markAsTemplate,
  nameMachine,
} from "./machine";
import { findPlaces, type DeployPlaces, type Inventory } from "./placement";
import type { Rest } from "../client/rest";
import type { Reference } from "../client/soap";
import {
  type TemplateMarker,
  annotationOf,
  examineTemplate,
  halfDeployed,
  isHalfDeployed,
} from "./template";

/** In milliseconds; a build that was cancelled waits for it. */
const longestCleaning = 20_000;
const lookEvery = 1000;
/** How long a half-deployed machine that nobody works on may belong to a program that lives, in milliseconds. */
const longestIdle = 10_000;

const summary = z.object({ networks: z.array(z.string()).nullish() });
const message = z.object({ default_message: z.string() });
const result = z.object({
  succeeded: z.boolean().nullish(),
  resource_id: z.object({ type: z.string(), id: z.string() }).nullish(),
  error: z
    .object({
      errors: z.array(
        z.object({
          message: message.nullish(),
          error: z.object({ messages: z.array(message).nullish() }).nullish(),
        }),
      ),
    })
    .partial()
    .nullish(),
});

/** A deployment: what is made of which item, and where. */
export interface Deployment {
  readonly rest: Rest;
  readonly inventory: Inventory;
  readonly item: LibraryItem;
  readonly publication: Publication;
  readonly template: Template;
}

/**
 * Makes the template unless it is there. It is deployed under a name of its own, and gets name, identity and note at
 * once when it is complete: names are unique in a folder, so that of two programs one succeeds and the other takes that.
 */
export async function deployTemplate(deployment: Deployment): Promise<void> {
  const { inventory } = deployment;
  const { soap, signal } = inventory;
  const places = await findPlaces(inventory);
  while (!(await isMade(deployment, places))) {
    const { state } = await settleOthers(deployment, places);
    if (state === "made") continue;
    const reference = await deployItem(deployment, places);
    if (await finish(deployment, reference)) {
      await markAsTemplate(soap, reference, signal);
      return;
    }
  }
}

/** Whether it is there under its name; one that was not marked yet is marked. Anything else there is an error. */
async function isMade(
  { inventory, template, publication }: Deployment,
  { folder }: DeployPlaces,
): Promise<boolean> {
  const verdict = await examineTemplate(inventory, folder, template, publication);
  switch (verdict.state) {
    case "missing":
      return false;
    case "same":
      return true;
    case "unmarked":
      await markAsTemplate(inventory.soap, verdict.reference, inventory.signal);
      return true;
    case "different":
      throw new StylusError("publish.name-taken", {
        what: `${template.path} of ${inventory.server} is there already and is not the template to be deployed.`,
        why: `${verdict.why} What this program did not make, or somebody changed, is never overwritten.`,
        next: "Rename or remove it in vCenter, or name another `deploy.folder` or `deploy.name`.",
      });
  }
}

/**
 * Waits for those who deploy the same at this moment, and removes what one that was killed left: whether its deployment
 * had ended well nobody can tell.
 */
async function settleOthers(
  { inventory, template }: Deployment,
  { folder }: DeployPlaces,
): Promise<{ readonly state: "none" | "made" }> {
  const { soap, signal } = inventory;
  const idleSince = new Map<string, number>();
  for (let looks = 0; ; looks += 1) {
    const machines = await halfDeployed(soap, folder, template, signal);
    if (machines.length === 0) return { state: looks === 0 ? "none" : "made" };
    for (const { reference } of machines) {
      const since = idleSince.get(reference.id);
      if (await isBusy(soap, reference, signal)) idleSince.delete(reference.id);
      else if (since === undefined) idleSince.set(reference.id, Date.now());
      else if (Date.now() - since > longestIdle) {
        await destroyMachine(soap, reference, signal).catch(unlessAtWork);
      }
    }
    await pause(lookEvery, signal);
  }
}

function unlessAtWork(thrown: unknown): void {
  const faults = ["TaskInProgress", "InvalidState", "ConcurrentAccess", "ResourceInUse"];
  if (!isFault(thrown, ...faults)) throw thrown;
}

async function deployItem(deployment: Deployment, places: DeployPlaces): Promise<Reference> {
  const { rest, inventory, item, template } = deployment;
  const { deploy, signal } = inventory;
  const path = `/vcenter/ovf/library-item/id:${encodeURIComponent(item.id)}`;
  const target = {
    resource_pool_id: places.pool.id,
    folder_id: places.folder.id,
    ...(places.host !== undefined && { host_id: places.host.id }),
  };
  const asked = await rest.call("POST", `${path}?~action=filter`, { target }, summary, signal);
  const name = `${template.name}-${randomBytes(6).toString("hex")}`;
  const deployment_spec = {
    name,
    annotation: annotationOf(markerFor(deployment)),
    accept_all_EULA: true,
    network_mappings: (asked.networks ?? []).map((key) => ({ key, value: places.network.id })),
    storage_provisioning: deploy.provisioning,
    default_datastore_id: places.datastore.id,
  };
  try {
    const body = { deployment_spec, target };
    // It takes as long as copying the disk does; the limit is that of publishing.
    const made = await rest.call("POST", `${path}?~action=deploy`, body, result, signal, 0);
    if (made.succeeded === true && made.resource_id?.type === "VirtualMachine") {
      return { type: "VirtualMachine", id: made.resource_id.id };
    }
    throw refused(template, made);
  } catch (thrown) {
    await clean(inventory, places, name);
    throwIfCancelled(signal);
    throw thrown;
  }
}

/** Where the answer was lost, the server may have ended its work; one that is still at it keeps what it has. */
async function clean({ soap }: Inventory, { folder }: DeployPlaces, own: string): Promise<void> {
  const within = AbortSignal.timeout(longestCleaning);
  const way = { from: folder, path: "childEntity" };
  const left = await machinesNamed(soap, way, (name) => name === own, within).catch(() => []);
  for (const machine of left.filter(isHalfDeployed)) {
    await destroyMachine(soap, machine.reference, within).catch(() => undefined);
  }
}

/** Whether the machine got its name; where another program was faster, it goes. */
async function finish(deployment: Deployment, reference: Reference): Promise<boolean> {
  const { inventory, template } = deployment;
  const { soap, server, deploy, signal } = inventory;
  try {
    const datacenter = await findDatacenterAt(soap, server, deploy.datacenter, signal);
    const place = { datacenter, datacenterPath: deploy.datacenter };
    const machine = await lookAtMachine(soap, reference, place, signal);
    const annotation = annotationOf({ ...markerFor(deployment), machine });
    await nameMachine(soap, reference, { ...template, annotation }, signal);
    return true;
  } catch (thrown) {
    const within = AbortSignal.timeout(longestCleaning);
    await destroyMachine(soap, reference, within).catch(() => undefined);
    if (isFault(thrown, "DuplicateName")) return false;
    throw thrown;
  }
}

function markerFor({ inventory, publication }: Deployment): TemplateMarker {
  const { artifactKey, target } = publication;
  return { artifactKey, target, key: templateKey(inventory.deploy, publication) };
}

function refused({ path }: Template, { error }: z.infer<typeof result>): StylusError {
  const said = (error?.errors ?? []).map(
    (it) => it.message?.default_message ?? it.error?.messages?.[0]?.default_message ?? "",
  );
  const reason = said.filter((it) => it !== "").join(" ");
  return new StylusError("publish.failed", {
    what: `vCenter did not deploy ${path}.`,
    why: reason === "" ? "It gave no reason." : `It says: ${reason}`,
    next: "Look at the task in vCenter and at the target's `deploy`, and run again; the item in the library is as it was.",
  });
}
