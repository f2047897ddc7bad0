import { z } from "zod";
import { type ImageSpec, machineSchema, timeoutsSchema, userSchema, verifySchema } from "./image";
import { repeatedTargets } from "./image-rules";
import { sitePaletteSchema } from "./palette";
import { targetSchema } from "./targets/target";

const siteSeedObject = z.strictObject({
  palette: sitePaletteSchema.optional(),
  users: z.array(userSchema).optional(),
  userData: z
    .union([z.string(), z.record(z.string(), z.unknown())], "must be text or an object")
    .optional(),
  publishTo: z.array(targetSchema).min(1, "needs at least one target"),
  keepPrevious: z.number().int().nonnegative().default(0),
});

/** The user-data of one site, as the spec of an image with the only format `seed`, so that all resource code is shared. */
export const siteSeedSchema = siteSeedObject
  .superRefine(({ palette, users, userData, publishTo }, context) => {
    if ((palette ?? users ?? userData) === undefined) {
      const message = "is empty: give `palette`, `users` or `userData`";
      context.addIssue({ code: "custom", path: [], message });
    }
    publishTo.forEach((target, index) => {
      if (target.type !== "vsphere" || target.deploy === undefined) return;
      const message = "makes a template from an OVA, and a seed is a CD; leave it out";
      context.addIssue({ code: "custom", path: ["publishTo", index, "deploy"], message });
    });
    publishTo.forEach(({ formats }, index) => {
      if (formats === undefined) return;
      const message = "is only for images, and every target accepts a seed; leave it out";
      context.addIssue({ code: "custom", path: ["publishTo", index, "formats"], message });
    });
    for (const index of repeatedTargets(publishTo)) {
      const message = "repeats a target";
      context.addIssue({ code: "custom", path: ["publishTo", index], message });
    }
  })
  .transform((seed): ImageSpec => ({
    ...seed,
    formats: [{ type: "seed" }],
    // A seed is for a machine of any kind, and has no disk.
    machine: { ...machineSchema.parse({}), diskSize: 0 },
    buildHost: { type: "local" },
    verify: verifySchema.parse({}),
    timeouts: timeoutsSchema.parse({}),
    triggers: [],
    singleHost: true,
  }));

/** Whether a spec is that of a `SiteSeed`. */
export function isSiteSeed({ formats = [] }: Partial<Pick<ImageSpec, "formats">>): boolean {
  return formats.some(({ type }) => type === "seed");
}
