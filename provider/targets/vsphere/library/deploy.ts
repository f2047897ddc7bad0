import { StylusError } from "../../../base/errors";
import { findDatacenterAt } from "../client/inventory";
import { isFault } from "../client/server-fault";
import type { Reference } from "../client/soap";
import { deployItem } from "./deploy-item";
import { type Deployment, markerFor } from "./deployment";
import { destroyMachine, markAsTemplate, nameMachine, readMachineFacts } from "./machine";
import { waitForOtherDeployments } from "./other-deployments";
import { findPlacement, type DeployPlacement } from "./placement";
import { annotationOf, examineTemplate } from "./template";

/** In milliseconds; a cancelled build waits for the cleanup. */
const cleanupTimeout = 20_000;

/**
 * Deploys the template unless it exists. It is deployed under a unique temporary name, and gets name, UUID and notes
 * atomically when it is complete. Names are unique in a folder: of two programs, one succeeds and the other uses that
 * template.
 */
export async function deployTemplate(deployment: Deployment): Promise<void> {
  const { inventory } = deployment;
  const { soap, signal } = inventory;
  const placement = await findPlacement(inventory);
  while (!(await templateExists(deployment, placement))) {
    const { state } = await waitForOtherDeployments(deployment, placement);
    if (state === "made") continue;
    const reference = await deployItem(deployment, placement);
    if (await finish(deployment, reference)) {
      await markAsTemplate(soap, reference, signal);
      return;
    }
  }
}

/** Whether the template exists; a machine that was not converted yet is converted. Anything else under its name is an error. */
async function templateExists(
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
