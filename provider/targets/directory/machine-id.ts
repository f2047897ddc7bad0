import { createHash, randomUUID } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createExclusively } from "./records";
import { isMissing } from "../../system/files/errors";

/** Marks a folder as one that a machine has published into. */
export const machineMarker = join(".stylus-image", "machine.json");

const systemIds = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/**
 * An id of this machine. A hash, because machine-id(5) is confidential and must not leave the
 * machine; where there is none (containers), a random one that lives as long as the cache.
 */
export async function machineId(cacheDirectory: string, signal: AbortSignal): Promise<string> {
  for (const path of systemIds) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (/^[0-9a-f]{32}$/.test(text.trim())) return hashed(`stylus-image machine ${text.trim()}`);
  }
  const path = join(cacheDirectory, "machine-id");
  await createExclusively(path, `${randomUUID()}\n`, signal);
  return hashed(`stylus-image machine ${(await readFile(path, "utf8")).trim()}`);
}

/**
 * Marks the folder, and remembers in this machine's cache that it was written. One file a folder:
 * programs that publish at the same time need no lock.
 */
export async function registerDirectory(
  path: string,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  const machine = await machineId(cacheDirectory, signal);
  await createExclusively(join(path, machineMarker), `${JSON.stringify({ machine })}\n`, signal);
  const memory = registrationPath(path, machine, cacheDirectory);
  await createExclusively(memory, `${JSON.stringify({ machine, path })}\n`, signal);
}

/** Whether this machine has ever published into the folder, as far as its cache knows. */
export async function isRegistered(
  path: string,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<boolean> {
  const machine = await machineId(cacheDirectory, signal);
  return exists(registrationPath(path, machine, cacheDirectory));
}

/** Whether somebody published into the folder that is now there. */
export function hasMarker(path: string): Promise<boolean> {
  return exists(join(path, machineMarker));
}

// The machine is part of the name: a home folder on the network serves caches of several machines.
function registrationPath(path: string, machine: string, cacheDirectory: string): string {
  const name = hashed(`${machine}\n${path}`).slice(0, 32);
  return join(cacheDirectory, "directories", `${name}.json`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw thrown;
  }
}

function hashed(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
