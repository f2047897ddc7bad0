import { pause } from "../../../base/cancellation";
import { isFault } from "../client/server-fault";
import type { Deployment } from "./deployment";
import { destroyMachine, isBusy } from "./machine";
import type { DeployPlacement } from "./placement";
import { incompleteMachines } from "./template";

const pollInterval = 1000;
/** How long an incomplete machine without a running task may still belong to a running program, in milliseconds. */
const idleTimeout = 10_000;

/**
 * Waits for other programs that deploy the same template now, and removes incomplete machines of killed programs: whether
 * their deployment was complete cannot be determined.
 */
export async function waitForOtherDeployments(
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
