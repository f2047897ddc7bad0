import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { runChecks, type AccessFindings, type PublishNeeds } from "../../access";
import { requireRoom } from "../client/datastore-room";
import { requirePrivileges } from "../client/privileges";
import type { Storage } from "./files";

/** Whether this user may write files into the datastore, and whether it has room. */
export function checkDatastore(
  { soap, placement, signal }: Storage,
  spec: VsphereTargetSpec,
  needs: PublishNeeds,
): Promise<AccessFindings> {
  const { datastore, reference: entity, freeBytes } = placement;
  return runChecks(
    signal,
    async () => {
      const privileges = ["Datastore.Browse", "Datastore.FileManagement"];
      const on = `the datastore "${datastore}"`;
      await requirePrivileges(soap, spec, [{ on, entity, privileges }], signal);
      return undefined;
    },
    () => {
      requireRoom(datastore, freeBytes, needs);
      return Promise.resolve(undefined);
    },
  );
}
