import { randomBytes } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { convertToOva } from "../../../../provider/formats/ova/convert";
import { convertToVmdk } from "../../../../provider/formats/vmdk/convert";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import { formatSchema } from "../../../../provider/schema/formats";
import { MiB, never, sha256 } from "../../../support/artifacts";

/** A raw disk of 64 MiB, mostly holes, and the artifacts made from it. */
export interface MadeDisk {
  readonly raw: string;
  readonly vmdk: LocalArtifact;
  readonly ova: LocalArtifact;
}

export async function makeDisk(folder: string): Promise<MadeDisk> {
  const name = randomBytes(4).toString("hex");
  const raw = join(folder, `${name}.raw`);
  const file = await open(raw, "w");
  await file.truncate(64 * MiB);
  await file.write(randomBytes(6 * MiB), 0, 6 * MiB, MiB);
  await file.close();
  const context = {
    contentDigest: sha256(raw),
    remote: true,
    onProgress: () => undefined,
    signal: never,
  };
  const vmdk = join(folder, `${name}.vmdk`);
  const packed = await convertToVmdk(raw, { ...context, output: vmdk });
  const format = formatSchema.parse({ type: "ova" });
  if (format.type !== "ova") throw new Error("not an OVA");
  const ova = join(folder, `${name}.ova`);
  const source = { disk: raw, source: { path: vmdk } };
  const archived = await convertToOva(source, format, { ...context, output: ova });
  return {
    raw,
    vmdk: await artifact("vmdk", vmdk, packed.sha256),
    ova: await artifact("ova", ova, archived.sha256),
  };
}

async function artifact(
  format: "vmdk" | "ova",
  path: string,
  hash: string | undefined,
): Promise<LocalArtifact> {
  const artifactKey = sha256(randomBytes(16));
  return {
    format,
    path,
    sizeBytes: (await stat(path)).size,
    sha256: hash,
    mediaType: format === "ova" ? "application/ovf" : "application/x-vmdk",
    artifactKey,
    // The name of an image may contain dots.
    name: `edge-4.5-0123456789ab/edge-4.5-${artifactKey.slice(0, 12)}.${format}`,
  };
}
