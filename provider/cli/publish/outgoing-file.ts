import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { StylusError } from "../../base/errors";
import { fileArtifactKey, fileArtifactName, fileEncoder, isWholeDisk } from "../../plan/file-keys";
import { factsOf } from "../../plan/formats";
import type { OutgoingFile } from "../../records/publish-file";
import { isRemote } from "../../schema/targets/target";
import { contentDigest } from "../../system/files/content-digest";
import { hashFile } from "../../system/files/hash";
import { openTarget, type TargetContext } from "../../targets/open-target";
import { cliInstance } from "../input/cli-instance";
import type { ProgressView } from "../terminal/progress-view";
import type { ReadyFile } from "./read-files";

/** Reads the file once to compute its identity. */
export async function prepareFile(
  file: ReadyFile,
  context: TargetContext,
  view: ProgressView,
  signal: AbortSignal,
): Promise<OutgoingFile> {
  const { path, kind, sizeBytes, diskSizeBytes } = file;
  const before = await stampOf(path);
  const reading = { signal, onProgress: progressOf(view, `SHA-256 of ${basename(path)}`) };
  const isHashed = !isWholeDisk(kind) || file.targets.some(isRemote);
  const sha256 = isHashed ? await hashFile(path, reading) : undefined;
  const fileKey =
    isWholeDisk(kind) || sha256 === undefined ? await contentDigest(path, reading) : sha256;
  const identified = { ...file, fileKey };
  return {
    artifact: {
      format: kind.type,
      path,
      sizeBytes,
      diskSizeBytes,
      sha256,
      mediaType: factsOf(kind).mediaType,
      artifactKey: fileArtifactKey(identified),
      name: fileArtifactName(identified),
    },
    fileKey,
    instance: cliInstance(file.name),
    encoder: fileEncoder,
    targets: file.targets.map((spec) => openTarget(spec, context)),
    verifyUnchanged: async () => {
      if ((await stampOf(path)) !== before) throw changed(path);
    },
  };
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(path, { bigint: true });
  return `${size} ${mtimeNs} ${ino}`;
}

/** Reports the bytes that were read or sent. */
export function progressOf(view: ProgressView, what: string) {
  return (done: number, total: number): void =>
    view.show({ type: "progress", stage: "publish", done, total, unit: "bytes", what });
}

function changed(path: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed while it was published.`,
    why: "Its size, modification time or inode is different from before, so its content is unknown.",
    next: "The upload was removed. Run it again when nothing writes to the file anymore.",
  });
}
