import { z } from "zod";
import { targetFormats, text } from "../primitives";

const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const host = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:.]+\\])(?::\\d+)?`;
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const reference = new RegExp(`^${host}(?:/${component})+$`);

/** Docker's rule for a name that starts with a registry. `team/images` alone would be a name at Docker Hub. */
const namesRegistry = /^(?:localhost|[^/]*[.:][^/]*)\//;

const repository = z
  .string()
  .refine(
    (value) => reference.test(value) && namesRegistry.test(value),
    "must be a registry and a name in lower-case letters, without a scheme, tag or digest: `registry.example.com:5000/team/images`",
  );

const tag = z
  .string()
  .regex(/^\w[\w.-]{0,127}$/, "must be at most 128 letters, digits, `_`, `.` and `-`");

const mediaType = z
  .string()
  .regex(/^[a-z0-9][\w!#$&^.+-]*\/[a-z0-9][\w!#$&^.+-]*$/i, "must be a media type");

export const ociTarget = z
  .strictObject({
    type: z.literal("oci"),
    /** Registry and name: `registry.example.com:5000/team/images`. */
    repository,
    /** A tag that is moved to the newest image after everything else is published. Default: no tag. */
    tag: tag.optional(),
    /** Use http instead of https, for a registry on a trusted network. */
    plainHttp: z.boolean().default(false),
    /** PEM file with private CA certificates. A relative path resolves like that of a directory target. */
    caFile: text.optional(),
    /** Literal credentials are stored in the state, as secrets; prefer those of `docker login`. */
    username: text.optional(),
    password: text.optional(),
    formats: targetFormats,
    /** `artifactType` of every format but containerDisk. Default: the artifact's media type. */
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
