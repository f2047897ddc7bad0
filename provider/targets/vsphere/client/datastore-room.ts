import { StylusError } from "../../../base/errors";
import { formatSize } from "../../../base/size";
import type { PublishNeeds } from "../../access";

/** Throws `publish.failed` if a datastore certainly has too little free space. */
export function requireRoom(
  datastore: string,
  freeBytes: number,
  { formats, leastBytes }: PublishNeeds,
): void {
  const needed = leastBytes * formats.length;
  if (freeBytes >= needed) return;
  throw new StylusError("publish.failed", {
    what: `The datastore "${datastore}" has ${formatSize(freeBytes)} free, and the artifacts need at least ${formatSize(needed)}.`,
    next: "Free space in vCenter, or publish to another datastore; nothing was published.",
  });
}
