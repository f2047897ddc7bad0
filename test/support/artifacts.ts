import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgressOptions } from "../../provider/system/files/progress-options";
import type { LocalArtifact } from "../../provider/targets/local-artifact";
import type { Publication } from "../../provider/schema/state";

export const MiB = 1024 * 1024;
export const never: AbortSignal = new AbortController().signal;

export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Options without a listener for progress, or with the given values. */
export function quietly(options: Partial<ProgressOptions> = {}): ProgressOptions {
  return { onProgress: () => undefined, signal: never, ...options };
}

/** A file of random bytes, like the output of a conversion. */
export async function makeArtifact(
  folder: string,
  sizeBytes: number,
  image = "edge",
): Promise<LocalArtifact> {
  const bytes = randomBytes(sizeBytes);
  const artifactKey = sha256(randomBytes(16));
  const path = join(folder, `${artifactKey.slice(0, 12)}.qcow2`);
  await writeFile(path, bytes, { mode: 0o600 });
  return {
    format: "qcow2",
    path,
    sizeBytes,
    sha256: sha256(bytes),
    mediaType: "application/x-qemu-disk",
    artifactKey,
    name: `${image}-0123456789ab/${image}-${artifactKey.slice(0, 12)}.qcow2`,
  };
}

/** A sparse raw disk without a known SHA-256. */
export async function makeSparseDisk(folder: string, sizeBytes: number): Promise<LocalArtifact> {
  const artifactKey = sha256(randomBytes(16));
  const path = join(folder, `${artifactKey.slice(0, 12)}.raw`);
  const file = await open(path, "w");
  await file.truncate(sizeBytes);
  await file.write(randomBytes(MiB), 0, MiB, 0);
  await file.write(randomBytes(4096), 0, 4096, Math.floor(sizeBytes / 2));
  await file.sync();
  await file.close();
  return {
    format: "raw",
    path,
    sizeBytes,
    mediaType: "application/octet-stream",
    artifactKey,
    name: `edge-0123456789ab/edge-${artifactKey.slice(0, 12)}.raw`,
  };
}

/** The record entry for the result of `publish`. */
export function recorded(published: Omit<Publication, "encoder">): Publication {
  return { ...published, encoder: "qemu-img 7.2" };
}

/** A temporary folder for one suite; call at the top of a `describe`. */
export function useFolder(): () => string {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "publish-"));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return () => folder;
}
