import { z } from "zod";
import { text } from "./primitives";

const site = {
  edgeHostToken: text.optional(),
  registrationUrl: text.optional(),
  projectName: text.optional(),
  projectUid: text.optional(),
  caCerts: z.array(text).min(1).optional(),
  insecureSkipVerify: z.boolean().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  httpProxy: text.optional(),
  httpsProxy: text.optional(),
  noProxy: text.optional(),
  debug: z.boolean().optional(),
};

/** Where an image registers with Palette: the `stylus.site` part of the user-data. */
export const paletteSchema = z
  .strictObject({
    endpoint: text,
    managementMode: z.enum(["central", "local"]).default("central"),
    /** `site`: the token or URL for the registration comes with the user-data of each site. */
    registration: z.enum(["image", "site"]).default("image"),
    ...site,
  })
  .superRefine((palette, context) => {
    if (palette.registration !== "site") return;
    for (const key of ["edgeHostToken", "registrationUrl"] as const) {
      if (palette[key] === undefined) continue;
      const message = 'must not be given with `registration: "site"`; give it to a `SiteSeed`';
      context.addIssue({ code: "custom", path: [key], message });
    }
  });

const networkInterface = z
  .strictObject({
    type: z.enum(["dhcp", "static"]).default("dhcp"),
    ipAddress: text.optional(),
    mask: text.optional(),
    gateway: text.optional(),
    nameserver: text.optional(),
  })
  .superRefine((value, context) => {
    for (const key of ["ipAddress", "mask"] as const) {
      if ((value[key] !== undefined) === (value.type === "static")) continue;
      const message =
        value.type === "static"
          ? "is required for a static address"
          : 'belongs to `type: "static"`';
      context.addIssue({ code: "custom", path: [key], message });
    }
  });

/** Values of one site or host. No field is required, because the image may define the rest. */
export const sitePaletteSchema = z.strictObject({
  endpoint: text.optional(),
  ...site,
  /** Edge host ID. */
  name: text.max(128).optional(),
  hostName: text.optional(),
  nameserver: text.optional(),
  /** Keys are the names of the network interfaces on the host. */
  interfaces: z.record(text, networkInterface).optional(),
});

/** `palette` of an image or of a `SiteSeed`. */
export type PaletteSpec = z.infer<typeof sitePaletteSchema> & {
  readonly managementMode?: z.infer<typeof paletteSchema>["managementMode"];
  readonly registration?: z.infer<typeof paletteSchema>["registration"];
};
