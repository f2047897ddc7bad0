import { needsDisk } from "../../plan/formats";
import { isBootable, missingProofs, proofsFor, proofsOf, subjectOf } from "../../plan/proof";
import type { ImageSpec } from "../../schema/image";
import type { ImageState } from "../../schema/state";
import type { Resolved } from "./resolved";

/** Why an image that exists has to be booted: `verify` asks for more than was shown of it. Nothing is installed for it. */
export function verifyReasons(
  { verify, formats }: ImageSpec,
  resolved: Resolved,
  old: ImageState,
): string[] {
  // Of an image of an earlier version nothing is known, and it stays as it is while `verify` does.
  if (old.verified === undefined && resolved.verify?.asBefore !== false) return [];
  const known = proofsOf(old);
  const isMissing = (kind: "boot" | "expect"): boolean =>
    missingProofs(
      proofsFor({ boot: verify.boot, expect: resolved.verify?.expect }),
      known,
      subjectOf(old),
    ).some((it) => it.kind === kind);
  const reasons: string[] = [];
  if (old.contentDigest !== undefined && old.artifacts.some(isOfDisk)) {
    if (isMissing("boot")) {
      reasons.push("`verify` asks for a boot, and the image was made without one: it is booted.");
    } else if (isMissing("expect")) {
      reasons.push(
        "`verify.expect` changed: the image is booted, unless its console was compared with this expression before.",
      );
    }
  }
  if (verify.artifacts === "boot") {
    const unproven = old.artifacts.filter(({ format, artifactKey }) => {
      const spec = formats.find(({ type }) => type === format);
      const wanted = [{ kind: "artifact", artifactKey } as const];
      return (
        spec !== undefined &&
        isBootable(spec) &&
        missingProofs(wanted, known, subjectOf(old)).length > 0
      );
    });
    for (const { format, target } of unproven) {
      reasons.push(`\`verify.artifacts\` asks for a boot of ${format} at ${target}.`);
    }
  }
  return reasons;
}

function isOfDisk({ format }: ImageState["artifacts"][number]): boolean {
  return needsDisk({ type: format });
}
