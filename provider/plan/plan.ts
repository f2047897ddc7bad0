import { z } from "zod";
import type { JsonMap } from "../base/json";
import { artifactFormatSchema } from "../schema/formats";
import { timeoutsSchema, verifySchema } from "../schema/image";
import { artifactFormats, firmwares, installerKinds } from "../schema/names";
import { imageStateSchema } from "../schema/state";
import { targetSchema } from "../schema/targets/target";

/** What is to be built: pure data without secrets, made before anything runs. */
export const planSchema = z.object({
  name: z.string(),
  /** URN of the resource, or `cli`. */
  owner: z.string(),
  instance: z.string(),
  recipe: z.string(),
  installer: z.object({
    source: z.discriminatedUnion("type", [
      z.object({ type: z.literal("path"), path: z.string() }),
      /** Without query and credentials. The address to fetch is a secret of the request. */
      z.object({ type: z.literal("url"), url: z.string() }),
      /** The image is adopted: nothing is ever installed for it. */
      z.object({ type: z.literal("none") }),
      /** A `SiteSeed`: all that is in it is user-data. */
      z.object({ type: z.literal("user-data") }),
    ]),
    sha256: z.string().optional(),
    validator: z.string().optional(),
    kind: z.enum(["auto", ...installerKinds]),
  }),
  userDataDigest: z.string(),
  /** Present where the installer's hash is known before the build. */
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
  /** Every format at every target that takes it. */
  destinations: z.array(z.object({ format: z.enum(artifactFormats), target: z.string() })),
  verify: verifySchema,
  timeouts: timeoutsSchema,
  /** Nothing, or one slow hash over all of them. */
  triggers: z.array(z.string()),
  /** How many images that the owner had before stay; absent where it never had any kept, and none is looked for. */
  keepPrevious: z.number().int().nonnegative().optional(),
  /** What is known of an image that exists: outputs of the resource in an update. */
  existing: imageStateSchema.optional(),
});
export type Plan = z.infer<typeof planSchema>;

const jsonMap: z.ZodType<JsonMap> = z.record(z.string(), z.json());

/** What an agent reads on standard input: the plan, and what must never stand in argv or a file. */
export const buildRequestSchema = z.object({
  plan: planSchema,
  installerUrl: z.string().optional(),
  installerHeaders: z.record(z.string(), z.string()),
  /** The merged cloud-config. */
  userData: jsonMap,
  /** With literal credentials, where the user gave such. */
  targets: z.array(targetSchema),
  /** What relative paths resolve against. */
  rootDirectory: z.string(),
  cacheDirectory: z.string(),
});
export type BuildRequest = z.infer<typeof buildRequestSchema>;
