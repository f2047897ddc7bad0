import { z } from "zod";
import type { Context } from "../../base/context";
import type { JsonMap } from "../../base/json";
import type { Data } from "../handlers";

/** Results of `check` that it keeps in the input `resolved`: hashes and names, never a secret. */
export const resolvedSchema = z.object({
  recipe: z.string(),
  userDataDigest: z.string(),
  /**
   * Digest of the user-data as it is written now, if it has the same meaning as that of `userDataDigest`, which the image
   * was made with: a default was spelled out or left out since. Absent if both are the same.
   */
  sameUserDataDigest: z.string().optional(),
  /** SHA-256 of the installer's URLs or path. `installer` is only reused for the same source. */
  installerSource: z.string().optional(),
  installer: z.object({ sha256: z.string().optional(), validator: z.string().optional() }),
  /** Absent if the installer is not pinned; then `requestKey` is present. */
  installKey: z.string().optional(),
  requestKey: z.string().optional(),
  /** SHA-256 of the content bundles of an ISO, by path; absent if there are none. */
  bundles: z.record(z.string(), z.string()).optional(),
  /** The required proofs; absent from inputs that an earlier version wrote. */
  verify: z
    .object({
      /** Slow hash of `verify.expect`. */
      expect: z.string().optional(),
      /** Whether the old inputs asked for the same: then an image of an earlier version needs no new proof. */
      asBefore: z.boolean(),
    })
    .optional(),
});
export type Resolved = z.infer<typeof resolvedSchema>;

/** The input `resolved`; undefined if `check` could not determine it. */
export function readResolved(inputs: Data): Resolved | undefined {
  return resolvedSchema.safeParse(inputs["resolved"]).data;
}

export interface ResolvedImage {
  readonly resolved: Resolved;
  /** The merged cloud-config: computed when needed, never stored. */
  readonly userData: JsonMap;
  readonly warnings: readonly string[];
}

export interface ResolveContext extends Context {
  /** The result of the previous check of this resource. */
  readonly previous?: Resolved | undefined;
  /** URN of the resource; absent on the command line. */
  readonly urn?: string | undefined;
}
