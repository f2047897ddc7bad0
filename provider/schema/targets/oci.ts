import { z } from "zod";
import { targetFormats, text } from "../primitives";

const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const host = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:.]+\\])(?::\\d+)?`;
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const reference = new RegExp(`^${host}(?:/${component})+$`);

/** As Docker tells the registry from the rest of a name: `team/images` alone would be Docker Hub's. */
const namesRegistry = /^(?:localhost|[^/]*[.:][^/]*)\//;

const repository = z
  .string()
  .refine(
    (value) => reference.test(value) && namesRegistry.test(value),
    "must be a registry and a name in small letters, without a scheme, tag or digest: `registry.example.com:5000/team/images`",
  );

const tag = z
  .string()
  .regex(/^\w[\w.-]{0,127}$/, "must be letters, digits, `_`, `.` and `-`, 128 at most");

const mediaType = z
  .string()
  .regex(/^[a-z0-9][\w!#$&^.+-]*\/[a-z0-9][\w!#$&^.+-]*$/i, "must be a media type");

export const ociTarget = z
  .strictObject({
    type: z.literal("oci"),
    /** Registry and name: `registry.example.com:5000/team/images`. */
    repository,
    /** A tag that follows the newest image, moved when all else is there; none unless given. */
    tag: tag.optional(),
    /** http in place of https: for a registry on a network that is trusted. */
    plainHttp: z.boolean().default(false),
    /** File with certificates of private authorities, PEM; relative as a directory target's path is. */
    caFile: text.optional(),
    /** Literal credentials end in state, as secrets; prefer those of `docker login`. */
    username: text.optional(),
    password: text.optional(),
    formats: targetFormats,
    /** `artifactType` of all that is no containerDisk; default the artifact's own media type. */
    mediaType: mediaType.optional(),
  })
  .superRefine((target, context) => {
    for (const [given, needed] of [
      ["username", "password"],
      ["password", "username"],
    ] as const) {
      if (target[given] === undefined || target[needed] !== undefined) continue;
      context.addIssue({
        code: "custom",
        path: [needed],
        message: "is missing: literal credentials need `username` and `password`",
      });
    }
  });
export type OciTargetSpec = z.infer<typeof ociTarget>;
