import { z } from "zod";
import type { FormatSpec } from "../schema/formats";
import { accelerators } from "../schema/names";
import type { Plan } from "./plan";
import type { ImageState, Publication, Verified } from "../schema/state";
import { isDiskFormat, needsDisk } from "./formats";
import type { ArtifactSource } from "./keys";
import { slowDigest } from "./slow-digest";

/** A proven property of a base disk or of an artifact of it. */
const provenSchema = z.discriminatedUnion("kind", [
  /** The disk is a complete install, as far as its partitions and files show. */
  z.object({ kind: z.literal("structure") }),
  /** The installed system came up. */
  z.object({ kind: z.literal("boot") }),
  /** The console of that boot matched an expression. It may hold a secret, so only a slow hash is kept. */
  z.object({ kind: z.literal("expect"), expression: z.string() }),
  /** The system in this artifact came up. */
  z.object({ kind: z.literal("artifact"), artifactKey: z.string() }),
]);
export type Proven = z.infer<typeof provenSchema>;

/** One proof, with its circumstances. */
export const proofSchema = z.object({
  contentDigest: z.string(),
  proven: provenSchema,
  /** The recipe whose machine showed it. */
  recipe: z.string(),
  /** ISO 8601, UTC. */
  time: z.string(),
  accelerator: z.enum(accelerators).optional(),
});
export type Proof = z.infer<typeof proofSchema>;

/** The part of a proof's file name that tells what is proven. */
export function proofName(proven: Proven): string {
  switch (proven.kind) {
    case "structure":
    case "boot":
      return proven.kind;
    case "expect":
      return `expect-${proven.expression.slice(0, 12)}`;
    case "artifact":
      return `artifact-${proven.artifactKey.slice(0, 12)}`;
  }
}

/** The subject of an image's proofs: its content, or the install key if nothing was installed. */
export function subjectOf({ contentDigest, installKey }: ArtifactSource): string {
  return contentDigest ?? installKey;
}

/** The devices of the trial machine's disk, as an iso may name them. */
const trialDisks: readonly string[] = ["auto", "/dev/vda"];

/** Whether an artifact of this format can be booted in the trial machine. */
export function isBootable(format: FormatSpec): boolean {
  if (format.type === "iso") return trialDisks.includes(format.device);
  return isDiskFormat(format);
}

export function expressionDigest(expression: string): string {
  return slowDigest(expression, "pulumi-stylus-image verify.expect v1");
}

/** The proofs of a base disk that `verify` requires. */
export interface WantedVerification {
  readonly boot: boolean;
  /** Slow hash of `verify.expect`. */
  readonly expect?: string | undefined;
}

/** The proofs that are asked for of a base disk. An expression is matched in a boot, so it asks for one. */
export function proofsFor({ boot, expect }: WantedVerification): Proven[] {
  return [
    ...(boot || expect !== undefined ? [{ kind: "boot" } as const] : []),
    ...(expect === undefined ? [] : [{ kind: "expect", expression: expect } as const]),
  ];
}

/** The proofs that a plan asks for of its base disk. */
export function wantedProofs({
  verify,
  destinations,
}: Pick<Plan, "verify" | "destinations">): Proven[] {
  if (!destinations.some(({ format }) => needsDisk({ type: format }))) return [];
  const { boot, expect } = verify;
  return proofsFor({
    boot,
    ...(expect !== undefined && { expect: expressionDigest(expect) }),
  });
}

/** Those of the wanted proofs that are not among the known ones of this content. */
export function missingProofs(
  wanted: readonly Proven[],
  known: readonly Proof[],
  contentDigest: string,
): Proven[] {
  const names = known
    .filter((proof) => proof.contentDigest === contentDigest)
    .map(({ proven }) => nameInFull(proven));
  return wanted.filter((proven) => !names.includes(nameInFull(proven)));
}

function nameInFull(proven: Proven): string {
  return JSON.stringify([
    proven.kind,
    proven.kind === "expect" && proven.expression,
    proven.kind === "artifact" && proven.artifactKey,
  ]);
}

/**
 * The proofs of a content as outputs; undefined if nothing is known, as of an image of an earlier version. Of expressions and
 * artifacts only those that the plan asks for: the outputs must not change when another resource asks for more.
 */
export function verifiedOutput(
  { verify }: Pick<Plan, "verify">,
  publications: readonly Pick<Publication, "artifactKey">[],
  known: readonly Proof[],
  contentDigest: string,
): Verified | undefined {
  const proofs = known.filter((proof) => proof.contentDigest === contentDigest);
  if (proofs.length === 0) return undefined;
  const all = proofs.map(({ proven }) => proven);
  const sorted = (values: readonly string[]): string[] => [...new Set(values)].sort();
  const expected = verify.expect === undefined ? undefined : expressionDigest(verify.expect);
  const published = new Set(
    verify.artifacts === "boot" ? publications.map(({ artifactKey }) => artifactKey) : [],
  );
  return {
    structure: all.some(({ kind }) => kind === "structure"),
    boot: all.some(({ kind }) => kind === "boot"),
    expect: sorted(
      all.flatMap((it) =>
        it.kind === "expect" && it.expression === expected ? [it.expression] : [],
      ),
    ),
    artifacts: sorted(
      all.flatMap((it) =>
        it.kind === "artifact" && published.has(it.artifactKey) ? [it.artifactKey] : [],
      ),
    ),
  };
}

/** The proofs that outputs tell of: the record may be lost. */
export function proofsOf(image: ImageState): Proof[] {
  const { recipe, verified } = image;
  if (verified === undefined) return [];
  const { structure, boot, expect, artifacts } = verified;
  const contentDigest = subjectOf(image);
  const proven: Proven[] = [
    ...(structure ? [{ kind: "structure" } as const] : []),
    ...(boot ? [{ kind: "boot" } as const] : []),
    ...expect.map((expression) => ({ kind: "expect", expression }) as const),
    ...artifacts.map((artifactKey) => ({ kind: "artifact", artifactKey }) as const),
  ];
  const time = new Date(0).toISOString();
  return proven.map((it) => ({ contentDigest, proven: it, recipe, time }));
}
