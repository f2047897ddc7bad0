import { createHash, randomUUID } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createExclusively } from "./durable-files";
import { isMissing } from "../../system/files/errors";

/** Marker file of a directory that some machine has published into. */
export const machineMarker = join(".stylus-image", "machine.json");

const systemIds = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/**
 * An ID of this machine: a hash of machine-id(5), which is confidential and must not leave the machine. Without that
 * file (in containers), a random ID that is stored in the cache.
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
 * Writes the marker into the directory, and registers the directory in this machine's cache. Each directory has a
 * registration file of its own, so concurrent programs need no lock.
 */
export async function registerDirectory(
  path: string,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  const machine = await machineId(cacheDirectory, signal);
  await createExclusively(join(path, machineMarker), `${JSON.stringify({ machine })}\n`, signal);
  const registration = registrationPath(path, machine, cacheDirectory);
  await createExclusively(registration, `${JSON.stringify({ machine, path })}\n`, signal);
}

/** Whether this machine's cache says that it has published into the directory. */
export async function isRegistered(
  path: string,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<boolean> {
  const machine = await machineId(cacheDirectory, signal);
  return exists(registrationPath(path, machine, cacheDirectory));
}

/** Whether the existing directory has a marker, so that some machine has published into it. */
export function hasMarker(path: string): Promise<boolean> {
  return exists(join(path, machineMarker));
}

// The machine ID is part of the name because a network home folder can hold the caches of several machines.
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
