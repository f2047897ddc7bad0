import { z } from "zod";
import { fromTo, named, unlessMissing } from "./file-tasks";
import { readText, sizeOf, type Storage } from "./files";
import { element, reference } from "../client/soap";
import { runTask } from "../client/managed-objects";

/** Properties of a disk that change when it is written to or replaced. */
export const diskFactsSchema = z.object({
  capacitySectors: z.number(),
  /** The descriptor's CID, which a virtual machine that writes to the disk changes. */
  contentId: z.string(),
  /** Sizes of the extent files in bytes. */
  extentBytes: z.array(z.number()),
});
export type DiskFacts = z.infer<typeof diskFactsSchema>;

/**
 * Lets the server convert a streamOptimized disk, which cannot be attached, to one that can. The copy is thin: the
 * default would preallocate the whole disk.
 */
export async function copyDisk(storage: Storage, from: string, to: string): Promise<void> {
  const spec = {
    name: "destSpec",
    attributes: { "xsi:type": "VirtualDiskSpec" },
    content: [element("diskType", "thin"), element("adapterType", "lsiLogic")],
  };
  await diskTask(storage, "CopyVirtualDisk_Task", from, to, [spec]);
}

/** Renames a disk with all its files. Throws `FileAlreadyExists` if the new name is taken. */
export async function moveDisk(storage: Storage, from: string, to: string): Promise<void> {
  await diskTask(storage, "MoveVirtualDisk_Task", from, to, []);
}

/** Removes a disk with all its files; succeeds if it does not exist. */
export async function removeDisk(
  { soap, placement, signal }: Storage,
  path: string,
): Promise<void> {
  const parameters = [
    element("name", named(placement, path)),
    reference("datacenter", placement.datacenter),
  ];
  const manager = soap.object("virtualDiskManager");
  await unlessMissing(runTask(soap, "DeleteVirtualDisk_Task", manager, parameters, signal));
}

/** Reads the facts of a disk; undefined if its descriptor is missing or invalid. */
export async function readDiskFacts(
  storage: Storage,
  path: string,
): Promise<DiskFacts | undefined> {
  const text = await readText(storage, path);
  const contentId = /^CID\s*=\s*([0-9a-fA-F]+)/m.exec(text ?? "")?.[1];
  if (text === undefined || contentId === undefined) return undefined;
  const extents = [...text.matchAll(/^(?:RW|RDONLY)\s+(\d+)\s+\S+\s+"([^"]+)"/gm)];
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const extentBytes: number[] = [];
  for (const [, , file = ""] of extents) {
    // vSAN objects and virtual volumes are not files.
    if (file.includes("://")) continue;
    extentBytes.push((await sizeOf(storage, folder + file)) ?? -1);
  }
  const capacitySectors = extents.reduce((sum, [, sectors]) => sum + Number(sectors), 0);
  return { capacitySectors, contentId: contentId.toLowerCase(), extentBytes };
}

async function diskTask(
  { soap, placement, signal }: Storage,
  method: string,
  from: string,
  to: string,
  between: Parameters<typeof fromTo>[4],
): Promise<void> {
  const parameters = fromTo(placement, from, to, ["sourceName", "destName"], between);
  await runTask(soap, method, soap.object("virtualDiskManager"), parameters, signal);
}
