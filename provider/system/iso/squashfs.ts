import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { StylusError } from "../../base/errors";
import type { IsoFile } from "./tree";
import { run } from "../process/run";

export interface RootFileSystem {
  readonly path: string;
  /** Size on the ISO, compressed. */
  readonly sizeBytes: number;
  /** Sum of its files, hard links included, as kairos-agent computes it; needs squashfs-tools. */
  readonly contentBytes?: number | undefined;
  /** Whether kairos-agent installs, and so decides the partitions; needs squashfs-tools. */
  readonly kairosAgent?: boolean | undefined;
}

/**
 * The live system of an ISO. Its superblock does not have the uncompressed size, so `unsquashfs -offset` lists its files
 * in place: this reads only the tables, some megabytes of gigabytes, and extracts nothing. Without unsquashfs the size
 * is unknown.
 */
export async function inspectRoot(
  handle: FileHandle,
  iso: string,
  file: IsoFile,
  signal: AbortSignal,
): Promise<RootFileSystem | undefined> {
  const { path, sizeBytes, offset } = file;
  const magic = Buffer.alloc(4);
  await handle.read(magic, 0, 4, offset);
  if (magic.toString("latin1") !== "hsqs") return undefined;
  const args = ["-lln", "-offset", String(offset), resolve(iso)];
  try {
    const listing = listingReader();
    const { finish, read } = listing;
    // 1: also for operations that an ordinary user may not do.
    await run("unsquashfs", args, { signal, code: "internal", accepted: [0, 1], onStdout: read });
    const { files, contentBytes, kairosAgent } = finish();
    return files === 0 ? { path, sizeBytes } : { path, sizeBytes, contentBytes, kairosAgent };
  } catch (thrown) {
    if (thrown instanceof StylusError && thrown.code !== "build.cancelled") {
      return { path, sizeBytes };
    }
    throw thrown;
  }
}

/** Adds up `-rwxr-xr-x 0/0  1234 2026-01-01 00:00 squashfs-root/usr/bin/x` without keeping the text. */
export function listingReader() {
  let rest = "";
  let files = 0;
  let contentBytes = 0;
  let kairosAgent = false;
  const take = (row: string) => {
    const [, size, path] = /^-\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+[^/]*(\/.*)$/.exec(row) ?? [];
    if (size === undefined) return;
    files += 1;
    contentBytes += Number(size);
    kairosAgent ||= path === "/usr/bin/kairos-agent";
  };
  return {
    read: (chunk: Buffer) => {
      const rows = (rest + chunk.toString("latin1")).split("\n");
      rest = rows.pop() ?? "";
      rows.forEach(take);
    },
    finish: () => {
      take(rest);
      return { files, contentBytes, kairosAgent };
    },
  };
}
