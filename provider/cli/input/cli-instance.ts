import { createHash } from "node:crypto";

/**
 * The instance under which the CLI marks an image of this name as its own in a record. It depends on the name alone:
 * not on the machine, so that any machine can remove what a CI runner published, and not on the targets, since each
 * has its own record.
 */
export function cliInstance(name: string): string {
  return `cli-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}
