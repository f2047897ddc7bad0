import { randomBytes } from "node:crypto";
import { z } from "zod";
import { throwIfCancelled } from "../../../base/cancellation";
import { StylusError } from "../../../base/errors";
import type { Template } from "../../../schema/state";
import type { Reference } from "../client/soap";
import { type Deployment, markerFor } from "./deployment";
import { destroyMachine, machinesNamed } from "./machine";
import type { DeployPlacement, Inventory } from "./placement";
import { annotationOf, isIncomplete } from "./template";

/** In milliseconds; a cancelled build waits for the cleanup. */
const cleanupTimeout = 20_000;

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

/** Deploys the library item as a virtual machine with a unique temporary name. */
export async function deployItem(
  deployment: Deployment,
  placement: DeployPlacement,
): Promise<Reference> {
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
