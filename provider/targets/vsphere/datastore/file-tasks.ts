import type { XmlElement } from "../../../base/xml";
import { isFault } from "../client/server-fault";
import type { Storage } from "./files";
import type { DatastorePlacement } from "../client/inventory";
import { element, reference } from "../client/soap";
import { runTask } from "../client/managed-objects";

export async function makeFolder(
  { soap, placement, signal }: Storage,
  path: string,
): Promise<void> {
  const parameters = [
    element("name", named(placement, path)),
    reference("datacenter", placement.datacenter),
    element("createParentDirectories", "true"),
  ];
  try {
    await soap.call("MakeDirectory", soap.object("fileManager"), parameters, signal);
  } catch (thrown) {
    if (!isFault(thrown, "FileAlreadyExists")) throw thrown;
  }
}

/** Renames a file. Throws `FileAlreadyExists` if the new name is taken. */
export async function moveFile(storage: Storage, from: string, to: string): Promise<void> {
  const { soap, placement, signal } = storage;
  const parameters = fromTo(placement, from, to, ["sourceName", "destinationName"]);
  await runTask(soap, "MoveDatastoreFile_Task", soap.object("fileManager"), parameters, signal);
}

/** Removes a file; succeeds if it does not exist. Never pass a folder: it would be removed with its content. */
export async function removeFile(
  { soap, placement, signal }: Storage,
  path: string,
): Promise<void> {
  const parameters = [
    element("name", named(placement, path)),
    reference("datacenter", placement.datacenter),
  ];
  const manager = soap.object("fileManager");
  await unlessMissing(runTask(soap, "DeleteDatastoreFile_Task", manager, parameters, signal));
}

export async function unlessMissing(task: Promise<unknown>): Promise<void> {
  await task.catch((thrown: unknown) => {
    if (!isFault(thrown, "FileNotFound")) throw thrown;
  });
}

/** `[datastore] folder/file`, the notation of vSphere's API. */
export function named({ datastore }: DatastorePlacement, path: string): string {
  return `[${datastore}] ${path}`;
}

/** The parameters source and destination in the order of vSphere's schema; nothing is ever overwritten. */
export function fromTo(
  placement: DatastorePlacement,
  from: string,
  to: string,
  [source, destination]: readonly [string, string],
  between: readonly XmlElement[] = [],
): XmlElement[] {
  return [
    element(source, named(placement, from)),
    reference("sourceDatacenter", placement.datacenter),
    element(destination, named(placement, to)),
    reference(destination.replace(/Name$/, "Datacenter"), placement.datacenter),
    ...between,
    element("force", "false"),
  ];
}
