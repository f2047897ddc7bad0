import { z } from "zod";
import { latestRecipe } from "../plan/recipe";
import { recordedImage } from "../plan/image-outputs";
import { StylusError } from "../base/errors";
import { parseSpec } from "../schema/parse";
import { siteSeedSchema } from "../schema/site-seed";
import { imageStateSchema, destinationSchema, schemaVersion } from "../schema/state";
import { PartialState, type Data, type Existing, type Handlers } from "./handlers";
import type { ImageResourceOptions } from "./image/options";
import { imageResource } from "./image/resource";
import { withUserDataProblems } from "./image/user-data-problems";

/** `SiteSeed`: an image whose only format is a seed, with outputs that say nothing of an installation. */
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

const ofInstall = [
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

/** The outputs of an image that is a seed, as those of a `SiteSeed`. */
export function seedOutputs(outputs: Data): Data {
  const own = Object.entries(outputs).filter(([name]) => !ofInstall.includes(name));
  return { ...Object.fromEntries(own), seedKey: outputs["installKey"] };
}

function asSeed({ id, outputs }: Existing): Existing {
  return { id, outputs: seedOutputs(outputs) };
}

const seedState = imageStateSchema.pick({ instance: true, artifacts: true, pending: true });

const artifactsOf = z.object({ artifacts: z.array(destinationSchema) });

/** A seed that is only read is found by its ID, which may be that of an image. */
function requireSeed(found: Existing): Existing {
  // In a preview there may be no artifacts yet.
  const artifacts = artifactsOf.safeParse(found.outputs).data?.artifacts ?? [];
  if (artifacts.length === 0 || artifacts.some(({ format }) => format === "seed")) return found;
  throw new StylusError("input.invalid", {
    what: `${found.id} is an image, and no seed of a site.`,
    next: "Give the ID of a `SiteSeed`, or read the image by `StylusImage.get`.",
  });
}

/** The outputs as those of an image; what they lack, no seed has another value of. */
function asImage<T extends Existing>(existing: T): T {
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
