import { z } from "zod";
import type { JsonMap } from "../base/json";
import { artifactFormatSchema } from "../schema/formats";
import { timeoutsSchema, verifySchema } from "../schema/image";
import { artifactFormats, firmwares, installerKinds } from "../schema/names";
import { imageStateSchema } from "../schema/state";
import { targetSchema } from "../schema/targets/target";

/** The description of a build: pure data without secrets, made before anything runs. */
export const planSchema = z.object({
  name: z.string(),
  /** URN of the resource, or `cli`. */
  owner: z.string(),
  instance: z.string(),
  recipe: z.string(),
  installer: z.object({
    source: z.discriminatedUnion("type", [
      z.object({ type: z.literal("path"), path: z.string() }),
      /** Without query and credentials: the complete address is a secret of the request. */
      z.object({ type: z.literal("url"), url: z.string() }),
      /** An adopted image, which is never installed here. */
      z.object({ type: z.literal("none") }),
      /** A `SiteSeed`, which is made from user-data only. */
      z.object({ type: z.literal("user-data") }),
    ]),
    sha256: z.string().optional(),
    validator: z.string().optional(),
    kind: z.enum(["auto", ...installerKinds]),
  }),
  userDataDigest: z.string(),
  /** Present if the installer's hash is known before the build. */
  installKey: z.string().optional(),
  requestKey: z.string().optional(),
  machine: z.object({
    firmware: z.enum(firmwares),
    secureBoot: z.boolean(),
    cpus: z.number().optional(),
    memory: z.number().optional(),
    diskSize: z.number(),
    network: z.enum(["isolated", "user"]),
    accelerator: z.enum(["auto", "kvm", "tcg"]),
  }),
  formats: z.array(artifactFormatSchema),
  /** Every format at every target that accepts it. */
  destinations: z.array(z.object({ format: z.enum(artifactFormats), target: z.string() })),
  verify: verifySchema,
  /** Whether `verify` changed since the existing image was made: what it asks for is shown of every image then. */
  verifyChanged: z.literal(true).optional(),
  timeouts: timeoutsSchema,
  /** Empty, or one slow hash over all triggers. */
  triggers: z.array(z.string()),
  /** How many previous images of the owner are kept; absent if it never kept any, so that none is searched for. */
  keepPrevious: z.number().int().nonnegative().optional(),
  /**
   * Instances of this resource that the state knows, when a resource is created or updated. Absent if they are unknown:
   * then nothing is concluded from other instances in a record.
   */
  knownInstances: z.array(z.string()).readonly().optional(),
  /** The outputs of the existing image, in an update of the resource. */
  existing: imageStateSchema.optional(),
});
export type Plan = z.infer<typeof planSchema>;

const jsonMap: z.ZodType<JsonMap> = z.record(z.string(), z.json());

/** The input of the agent on standard input: the plan, and values that must never be in argv or a file. */
export const buildRequestSchema = z.object({
  plan: planSchema,
  installerUrl: z.string().optional(),
  installerHeaders: z.record(z.string(), z.string()),
  /** The merged cloud-config. */
  userData: jsonMap,
  /** With literal credentials, if the user gave any. */
  targets: z.array(targetSchema),
  /** Relative paths resolve against this folder. */
  rootDirectory: z.string(),
  cacheDirectory: z.string(),
});
export type BuildRequest = z.infer<typeof buildRequestSchema>;
