import { z } from "zod";
import { latestRecipe } from "../plan/recipe";
import { recordedImage } from "../plan/image-outputs";
import { StylusError } from "../base/errors";
import { parseSpec } from "../schema/parse";
import { siteSeedSchema } from "../schema/site-seed";
import { imageStateSchema, destinationSchema, schemaVersion } from "../schema/state";
import { PartialState, type Data, type ExistingResource, type Handlers } from "./handlers";
import type { ImageResourceOptions } from "./image/options";
import { imageResource } from "./image/resource";
import { withUserDataProblems } from "./image/user-data-problems";

/** `SiteSeed`: an image whose only format is a seed, without the outputs of an installation. */
export function siteSeedResource(options: ImageResourceOptions): Handlers {
  const parse = (inputs: Data) =>
    withUserDataProblems(parseSpec(siteSeedSchema, inputs), inputs, "site");
  const image = imageResource({ ...options, parse });
  return {
    check: (call, request) => image.check(call, request),
    diff: (call, request) => image.diff(call, asImage(request)),
    create: async (call, request) => asSeed(await image.create(call, request).catch(rethrow)),
    update: async (call, request) =>
      seedOutputs(await image.update(call, asImage(request)).catch(rethrow)),
    read: async (call, request) => {
      const found = await image.read(call, asImage(request));
      return found === undefined ? undefined : asSeed(requireSeed(found));
    },
    delete: (call, request) => image.delete(call, asImage(request)),
  };
}

/** Outputs of a `StylusImage` that a `SiteSeed` does not have. */
const installOutputs = [
  "installKey",
  "installerSha256",
  "recipe",
  "contentDigest",
  "virtualSizeBytes",
  "firmware",
  "arch",
  "guestId",
  "scsiType",
];

/** Converts the outputs of the image to those of a `SiteSeed`. */
export function seedOutputs(outputs: Data): Data {
  const own = Object.entries(outputs).filter(([name]) => !installOutputs.includes(name));
  return { ...Object.fromEntries(own), seedKey: outputs["installKey"] };
}

function asSeed({ id, outputs }: ExistingResource): ExistingResource {
  return { id, outputs: seedOutputs(outputs) };
}

const seedState = imageStateSchema.pick({ instance: true, artifacts: true, pending: true });

const artifactsOf = z.object({ artifacts: z.array(destinationSchema) });

/** `SiteSeed.get` looks up an ID, which may be that of a `StylusImage` by mistake. */
function requireSeed(found: ExistingResource): ExistingResource {
  // There may be no artifacts in a preview.
  const artifacts = artifactsOf.safeParse(found.outputs).data?.artifacts ?? [];
  if (artifacts.length === 0 || artifacts.some(({ format }) => format === "seed")) return found;
  throw new StylusError("input.invalid", {
    what: `${found.id} is the ID of a StylusImage, not of a SiteSeed.`,
    next: "Give the ID of a `SiteSeed`, or read the image by `StylusImage.get`.",
  });
}

/** Converts the outputs of a `SiteSeed` to those of an image. The added values are the same for every seed. */
function asImage<T extends ExistingResource>(existing: T): T {
  const { seedKey, ...outputs } = existing.outputs;
  if (typeof seedKey !== "string") return existing;
  const head = {
    schemaVersion,
    installKey: seedKey,
    recipe: latestRecipe,
    virtualSizeBytes: 0,
    firmware: "bios",
  } as const;
  const image = recordedImage(head, seedState.parse(outputs));
  return { ...existing, outputs: { ...image, ...outputs } };
}

function rethrow(thrown: unknown): never {
  if (!(thrown instanceof PartialState)) throw thrown;
  throw new PartialState(thrown.message, asSeed(thrown.existing), thrown.cause);
}
