import { z } from "zod";
import { fromTo, named, unlessMissing } from "./file-tasks";
import { readText, sizeOf, type Storage } from "./files";
import { element, reference } from "../client/soap";
import { runTask } from "../client/managed-objects";

/** What tells whether a disk is still as the server made it. */
export const diskFactsSchema = z.object({
  capacitySectors: z.number(),
  /** Of the descriptor: a virtual machine that writes to the disk changes it. */
  contentId: z.string(),
  /** Bytes of the files that hold the content, as far as they are files. */
  extentBytes: z.array(z.number()),
});
export type DiskFacts = z.infer<typeof diskFactsSchema>;

/**
 * Lets the server make a disk that can be attached from a streamOptimized one, which cannot. It is asked for a thin
 * one: its default is to preallocate everything.
 */
export async function copyDisk(storage: Storage, from: string, to: string): Promise<void> {
  const spec = {
    name: "destSpec",
    attributes: { "xsi:type": "VirtualDiskSpec" },
    content: [element("diskType", "thin"), element("adapterType", "lsiLogic")],
  };
  await diskTask(storage, "CopyVirtualDisk_Task", from, to, [spec]);
}

/** Renames a disk with all its files; `FileAlreadyExists` where the new name is taken. */
export async function moveDisk(storage: Storage, from: string, to: string): Promise<void> {
  await diskTask(storage, "MoveVirtualDisk_Task", from, to, []);
}

/** Removes a disk with all its files; absent already is success. */
export async function removeDisk({ soap, place, signal }: Storage, path: string): Promise<void> {
  const parameters = [
    element("name", named(place, path)),
    reference("datacenter", place.datacenter),
  ];
  const manager = soap.object("virtualDiskManager");
  await unlessMissing(runTask(soap, "DeleteVirtualDisk_Task", manager, parameters, signal));
}

/** The facts of a disk, or undefined where its descriptor is missing or is none. */
export async function lookAtDisk(storage: Storage, path: string): Promise<DiskFacts | undefined> {
  const text = await readText(storage, path);
  const contentId = /^CID\s*=\s*([0-9a-fA-F]+)/m.exec(text ?? "")?.[1];
  if (text === undefined || contentId === undefined) return undefined;
  const extents = [...text.matchAll(/^(?:RW|RDONLY)\s+(\d+)\s+\S+\s+"([^"]+)"/gm)];
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const extentBytes: number[] = [];
  for (const [, , file = ""] of extents) {
    // A vSAN object or a virtual volume is no file.
    if (file.includes("://")) continue;
    extentBytes.push((await sizeOf(storage, folder + file)) ?? -1);
  }
  const capacitySectors = extents.reduce((sum, [, sectors]) => sum + Number(sectors), 0);
  return { capacitySectors, contentId: contentId.toLowerCase(), extentBytes };
}

async function diskTask(
  { soap, place, signal }: Storage,
  method: string,
  from: string,
  to: string,
  between: Parameters<typeof fromTo>[4],
): Promise<void> {
  const parameters = fromTo(place, from, to, ["sourceName", "destName"], between);
  await runTask(soap, method, soap.object("virtualDiskManager"), parameters, signal);
}
