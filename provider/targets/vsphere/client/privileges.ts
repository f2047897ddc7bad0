import { vsphereTargetId } from "../../../schema/targets/identity";
import { StylusError } from "../../../base/errors";
import { child } from "../../../base/xml-read";
import { type VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { readProperties } from "./managed-objects";
import { ServerFault } from "./server-fault";
import { element, reference, type Reference, type Soap } from "./soap";

/** Privileges that are needed on one object of the inventory. */
export interface NeededPrivileges {
  /** For messages: `the datastore "fast"`. */
  readonly on: string;
  readonly entity: Reference;
  readonly privileges: readonly string[];
}

/** Throws `publish.denied` with every privilege that this user lacks; nothing if the server cannot say. */
export async function requirePrivileges(
  soap: Soap,
  spec: VsphereTargetSpec,
  needed: readonly NeededPrivileges[],
  signal: AbortSignal,
): Promise<void> {
  const missing: string[] = [];
  for (const { on, entity, privileges } of needed) {
    const lacking = await missingPrivileges(soap, entity, privileges, signal);
    if (lacking.length > 0) missing.push(`${lacking.join(", ")} on ${on}`);
  }
  if (missing.length === 0) return;
  throw new StylusError("publish.denied", {
    what: `The user may not publish to ${vsphereTargetId(spec)}.`,
    why: `It lacks the privileges ${missing.join("; ")}.`,
    next: "Give it a role with these privileges on these objects in vCenter.",
  });
}

async function missingPrivileges(
  soap: Soap,
  entity: Reference,
  privileges: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const manager = soap.object("sessionManager");
    const [found] = await readProperties(
      soap,
      "SessionManager",
      [manager],
      ["currentSession"],
      signal,
    );
    const session = child(found?.values.get("currentSession"), "key")?.text;
    if (session === undefined) return [];
    const parameters = [
      reference("entity", entity),
      element("sessionId", session),
      ...privileges.map((id) => element("privId", id)),
    ];
    const of = soap.object("authorizationManager");
    const answers = await soap.call("HasPrivilegeOnEntities", of, parameters, signal);
    return answers
      .flatMap(({ children }) => children.filter(({ name }) => name === "privAvailability"))
      .filter((availability) => child(availability, "isGranted")?.text === "false")
      .map((availability) => child(availability, "privId")?.text ?? "");
  } catch (thrown) {
    // A host has no such question, and an old vCenter does not know every privilege.
    if (thrown instanceof ServerFault) return [];
    throw thrown;
  }
}
