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
  readMachineFacts,
  machinesNamed,
  markAsTemplate,
  nameMachine,
} from "./machine";
import { findPlacement, type DeployPlacement, type Inventory } from "./placement";
import type { Rest } from "../client/rest";
import type { Reference } from "../client/soap";
import {
  type TemplateMarker,
  annotationOf,
  examineTemplate,
  incompleteMachines,
  isIncomplete,
} from "./template";

/** In milliseconds; a cancelled build waits for the cleanup. */
const cleanupTimeout = 20_000;
const pollInterval = 1000;
/** How long an incomplete machine without a running task may still belong to a running program, in milliseconds. */
const idleTimeout = 10_000;

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

/** The deployment of a template from a library item. */
export interface Deployment {
  readonly rest: Rest;
  readonly inventory: Inventory;
  readonly item: LibraryItem;
  readonly publication: Publication;
  readonly template: Template;
}

/**
 * Deploys the template unless it exists. It is deployed under a unique temporary name, and gets name, UUID and notes
 * atomically when it is complete. Names are unique in a folder: of two programs, one succeeds and the other uses that
 * template.
 */
export async function deployTemplate(deployment: Deployment): Promise<void> {
  const { inventory } = deployment;
  const { soap, signal } = inventory;
  const placement = await findPlacement(inventory);
  while (!(await isMade(deployment, placement))) {
    const { state } = await waitForOthers(deployment, placement);
    if (state === "made") continue;
    const reference = await deployItem(deployment, placement);
    if (await finish(deployment, reference)) {
      await markAsTemplate(soap, reference, signal);
      return;
    }
  }
}

/** Whether the template exists; a machine that was not converted yet is converted. Anything else under its name is an error. */
async function isMade(
  { inventory, template, publication }: Deployment,
  { folder }: DeployPlacement,
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
        what: `${template.path} of ${inventory.server} already exists and is another virtual machine.`,
        why: `${verdict.why} Machines that this program did not create, or that were changed, are never overwritten.`,
        next: "Rename or remove it in vCenter, or name another `deploy.folder` or `deploy.name`.",
      });
  }
}

/**
 * Waits for other programs that deploy the same template now, and removes incomplete machines of killed programs: whether
 * their deployment was complete cannot be determined.
 */
async function waitForOthers(
  { inventory, template }: Deployment,
  { folder }: DeployPlacement,
): Promise<{ readonly state: "none" | "made" }> {
  const { soap, signal } = inventory;
  const idleSince = new Map<string, number>();
  for (let attempt = 0; ; attempt += 1) {
    const machines = await incompleteMachines(soap, folder, template, signal);
    if (machines.length === 0) return { state: attempt === 0 ? "none" : "made" };
    for (const { reference } of machines) {
      const since = idleSince.get(reference.id);
      if (await isBusy(soap, reference, signal)) idleSince.delete(reference.id);
      else if (since === undefined) idleSince.set(reference.id, Date.now());
      else if (Date.now() - since > idleTimeout) {
        await destroyMachine(soap, reference, signal).catch(unlessBusy);
      }
    }
    await pause(pollInterval, signal);
  }
}

function unlessBusy(thrown: unknown): void {
  const faults = ["TaskInProgress", "InvalidState", "ConcurrentAccess", "ResourceInUse"];
  if (!isFault(thrown, ...faults)) throw thrown;
}

async function deployItem(deployment: Deployment, placement: DeployPlacement): Promise<Reference> {
  const { rest, inventory, item, template } = deployment;
  const { deploy, signal } = inventory;
  const path = `/vcenter/ovf/library-item/id:${encodeURIComponent(item.id)}`;
  const target = {
    resource_pool_id: placement.pool.id,
    folder_id: placement.folder.id,
    ...(placement.host !== undefined && { host_id: placement.host.id }),
  };
  const filtered = await rest.call("POST", `${path}?~action=filter`, { target }, summary, signal);
  const name = `${template.name}-${randomBytes(6).toString("hex")}`;
  const deployment_spec = {
    name,
    annotation: annotationOf(markerFor(deployment)),
    accept_all_EULA: true,
    network_mappings: (filtered.networks ?? []).map((key) => ({
      key,
      value: placement.network.id,
    })),
    storage_provisioning: deploy.provisioning,
    default_datastore_id: placement.datastore.id,
  };
  try {
    const body = { deployment_spec, target };
    // It takes as long as copying the disk; the time limit of publishing applies.
    const made = await rest.call("POST", `${path}?~action=deploy`, body, result, signal, 0);
    if (made.succeeded === true && made.resource_id?.type === "VirtualMachine") {
      return { type: "VirtualMachine", id: made.resource_id.id };
    }
    throw deployError(template, made);
  } catch (thrown) {
    await clean(inventory, placement, name);
    throwIfCancelled(signal);
    throw thrown;
  }
}

/** Removes a machine whose response was lost. A machine that is still being deployed cannot be removed. */
async function clean({ soap }: Inventory, { folder }: DeployPlacement, own: string): Promise<void> {
  const within = AbortSignal.timeout(cleanupTimeout);
  const children = { from: folder, path: "childEntity" };
  const left = await machinesNamed(soap, children, (name) => name === own, within).catch(() => []);
  for (const machine of left.filter(isIncomplete)) {
    await destroyMachine(soap, machine.reference, within).catch(() => undefined);
  }
}

/** Gives the machine its name; if another program was faster, removes it and returns false. */
async function finish(deployment: Deployment, reference: Reference): Promise<boolean> {
  const { inventory, template } = deployment;
  const { soap, server, deploy, signal } = inventory;
  try {
    const datacenter = await findDatacenterAt(soap, server, deploy.datacenter, signal);
    const placement = { datacenter, datacenterPath: deploy.datacenter };
    const machine = await readMachineFacts(soap, reference, placement, signal);
    const annotation = annotationOf({ ...markerFor(deployment), machine });
    await nameMachine(soap, reference, { ...template, annotation }, signal);
    return true;
  } catch (thrown) {
    const within = AbortSignal.timeout(cleanupTimeout);
    await destroyMachine(soap, reference, within).catch(() => undefined);
    if (isFault(thrown, "DuplicateName")) return false;
    throw thrown;
  }
}

function markerFor({ inventory, publication }: Deployment): TemplateMarker {
  const { artifactKey, target } = publication;
  return { artifactKey, target, key: templateKey(inventory.deploy, publication) };
}

function deployError({ path }: Template, { error }: z.infer<typeof result>): StylusError {
  const messages = (error?.errors ?? []).map(
    (it) => it.message?.default_message ?? it.error?.messages?.[0]?.default_message ?? "",
  );
  const reason = messages.filter((it) => it !== "").join(" ");
  return new StylusError("publish.failed", {
    what: `vCenter did not deploy ${path}.`,
    why: reason === "" ? "It gave no reason." : `It says: ${reason}`,
    next: "Look at the task in vCenter and at the target's `deploy`, and run again; the item in the library is unchanged.",
  });
}
