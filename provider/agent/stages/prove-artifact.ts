import type { ConvertedFile } from "../../formats/make-artifact";
import { isDiskFormat } from "../../plan/formats";
import { isBootable, missingProofs, subjectOf, type Proof } from "../../plan/proof";
import type { FormatSpec } from "../../schema/formats";
import { warn, type KeyedBuild } from "../context";
import type { Inventory } from "../inventory";
import { proofOf } from "../proof-of";
import { recordProofs } from "../prove-image";
import { bootArtifact } from "./boot-artifact";
import { bootIso } from "./boot-iso";

/** An artifact on this machine, made just now or retrieved from its target. */
type LocalFile = Pick<ConvertedFile, "path" | "artifactKey">;

/** Boots an artifact if `verify.artifacts` asks for it. Records what was shown, and returns it. */
export async function proveArtifact(
  build: KeyedBuild,
  { head, disk, proofs }: Pick<Inventory, "head" | "disk" | "proofs">,
  format: FormatSpec,
  artifact: LocalFile,
): Promise<Proof[]> {
  if (build.plan.verify.artifacts !== "boot") return [];
  if (!isBootable(format)) {
    if (format.type === "iso") warnNotBooted(build, format.device);
    return [];
  }
  const { artifactKey, path } = artifact;
  const subject = subjectOf(head);
  const isBooted = missingProofs([{ kind: "boot" }], proofs, subject).length === 0;
  if (format.type === "iso") await bootIso(build, format, artifact);
  else if (!isDiskFormat(format)) return [];
  // The base disk itself was booted when it was made.
  else if (path !== disk?.path || !isBooted) {
    await bootArtifact(build, head, disk?.path, format, path);
  }
  const proof = proofOf(build, subject, { kind: "artifact", artifactKey });
  await recordProofs(build, [proof]);
  return [proof];
}

function warnNotBooted(build: KeyedBuild, device: string): void {
  warn(build, `The iso is not booted: it installs on ${device}, which the trial machine lacks.`);
}
