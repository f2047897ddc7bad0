import type { XmlElement } from "../../../base/xml";
import { isFault } from "../client/server-fault";
import type { Storage } from "./files";
import type { DatastorePlace } from "../client/inventory";
import { element, reference } from "../client/soap";
import { runTask } from "../client/managed-objects";

export async function makeFolder({ soap, place, signal }: Storage, path: string): Promise<void> {
  const parameters = [
    element("name", named(place, path)),
    reference("datacenter", place.datacenter),
    element("createParentDirectories", "true"),
  ];
  try {
    await soap.call("MakeDirectory", soap.object("fileManager"), parameters, signal);
  } catch (thrown) {
    if (!isFault(thrown, "FileAlreadyExists")) throw thrown;
  }
}

/** Renames a file; `FileAlreadyExists` where the new name is taken. */
export async function moveFile(storage: Storage, from: string, to: string): Promise<void> {
  const { soap, place, signal } = storage;
  const parameters = fromTo(place, from, to, ["sourceName", "destinationName"]);
  await runTask(soap, "MoveDatastoreFile_Task", soap.object("fileManager"), parameters, signal);
}

/** Removes a file; absent already is success. Never called with a folder, which would go with all that is in it. */
export async function removeFile({ soap, place, signal }: Storage, path: string): Promise<void> {
  const parameters = [
    element("name", named(place, path)),
    reference("datacenter", place.datacenter),
  ];
  const manager = soap.object("fileManager");
  await unlessMissing(runTask(soap, "DeleteDatastoreFile_Task", manager, parameters, signal));
}

export async function unlessMissing(task: Promise<unknown>): Promise<void> {
  await task.catch((thrown: unknown) => {
    if (!isFault(thrown, "FileNotFound")) throw thrown;
  });
}

/** `[datastore] folder/file`, as vSphere's own calls name a file. */
export function named({ datastore }: DatastorePlace, path: string): string {
  return `[${datastore}] ${path}`;
}

/** Source and destination, in the order that the calls want; nothing is ever overwritten. */
export function fromTo(
  place: DatastorePlace,
  from: string,
  to: string,
  [source, destination]: readonly [string, string],
  between: readonly XmlElement[] = [],
): XmlElement[] {
  return [
    element(source, named(place, from)),
    reference("sourceDatacenter", place.datacenter),
    element(destination, named(place, to)),
    reference(destination.replace(/Name$/, "Datacenter"), place.datacenter),
    ...between,
    element("force", "false"),
  ];
}
