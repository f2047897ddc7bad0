import { createHash, randomUUID } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isMissing } from "../../system/files/errors";
import { replaceFile } from "../../system/files/replace-file";
import { createExclusively, unlessMissing } from "./durable-files";
import { describeMount, isSameMount, mountOf, mountSchema } from "./mount";

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
 * Writes the marker into the directory, and registers the directory in this machine's cache, with its file system. Each
 * directory has a registration file of its own, so concurrent programs need no lock.
 */
export async function registerDirectory(
  path: string,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  const machine = await machineId(cacheDirectory, signal);
  await createExclusively(join(path, machineMarker), `${JSON.stringify({ machine })}\n`, signal);
  const file = registrationPath(path, machine, cacheDirectory);
  const mount = await mountOf(path);
  const registration = `${JSON.stringify({ machine, path, ...(mount !== undefined && { mount }) })}\n`;
  const outcome = await createExclusively(file, registration, signal);
  if (outcome === "created" || (await readFile(file, "utf8")) === registration) return;
  await replaceFile(file, registration);
}

const registrationSchema = z.object({ mount: mountSchema.optional() });

/**
 * Why a file that is missing from the directory may still exist: the directory is on another machine, or its file system
 * is not mounted. Undefined if this machine has published into it and sees the same file system as then.
 */
export async function whyUncertain(
  path: string,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const machine = await machineId(cacheDirectory, signal);
  const file = registrationPath(path, machine, cacheDirectory);
  const text = await readFile(file, "utf8").catch(unlessMissing);
  if (text === undefined) {
    return `this machine never published into ${path}: the file is on another machine, or a file system is not mounted.`;
  }
  const now = await mountOf(path);
  // Without a table of mounts, the registration has to do.
  if (now === undefined) return undefined;
  const { mount: before } = registrationSchema.parse(JSON.parse(text));
  if (before === undefined) {
    // An earlier version registered it. The marker is in the directory if its file system is mounted.
    if (await exists(join(path, machineMarker))) return undefined;
    return `${path} has no .stylus-image/machine.json: a file system may not be mounted there.`;
  }
  if (isSameMount(before, now)) return undefined;
  return `${path} was on ${describeMount(before)} when this machine published into it, and is on ${describeMount(now)} now: a file system is not mounted, or another one is.`;
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
