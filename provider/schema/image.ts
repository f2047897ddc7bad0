import { z } from "zod";
import { formatSchema } from "./formats";
import { withMachineDefaults, ruleProblems } from "./image-rules";
import { paletteSchema, type PaletteSpec } from "./palette";
import { firmwares, installerKinds } from "./names";
import { httpUrl, sha256, text } from "./primitives";
import { GiB, MiB, sizeSchema } from "../base/size";
import { targetSchema } from "./targets/target";

const installerObject = z
  .strictObject({
    url: httpUrl.optional(),
    path: text.optional(),
    sha256: sha256.optional(),
    checksumUrl: httpUrl.optional(),
    headers: z.record(z.string(), z.string()).optional(),
    kind: z.enum(["auto", ...installerKinds]).default("auto"),
  })
  .superRefine((value, context) => {
    if ((value.url === undefined) === (value.path === undefined)) {
      context.addIssue({ code: "custom", message: "needs exactly one of `url` and `path`" });
    }
    if (value.path !== undefined && (value.headers ?? value.checksumUrl) !== undefined) {
      context.addIssue({
        code: "custom",
        message: "`headers` and `checksumUrl` belong to a `url`; pin a `path` with `sha256`",
      });
    }
  });

/** The installer ISO. Text is short for `{ url }` when it begins with http:// or https://, else for `{ path }`. */
export const installerSchema = z.preprocess(
  (value) =>
    typeof value === "string"
      ? /^https?:\/\//i.test(value)
        ? { url: value }
        : { path: value }
      : value,
  installerObject,
);

/** A login user of the installed machine. Without one, nobody can log in. */
export const userSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "must be a Linux user name"),
    password: text.optional(),
    passwordHash: z
      .string()
      .regex(/^\$(?:[156]|2[aby]|y|gy|7)\$/, "must be a crypt(5) hash, such as `mkpasswd` prints")
      .optional(),
    sshAuthorizedKeys: z.array(text).optional(),
    groups: z.array(text).optional(),
  })
  .superRefine((user, context) => {
    if (user.password !== undefined && user.passwordHash !== undefined) {
      context.addIssue({ code: "custom", message: "takes `password` or `passwordHash`, not both" });
    }
    if ((user.password ?? user.passwordHash ?? user.sshAuthorizedKeys) === undefined) {
      context.addIssue({
        code: "custom",
        message: "cannot log in: give `password`, `passwordHash` or `sshAuthorizedKeys`",
      });
    }
  });

const smallestMemory = 256 * MiB;

export const machineSchema = z
  .strictObject({
    firmware: z.enum(firmwares).default("bios"),
    secureBoot: z.boolean().default(false),
    cpus: z.number().int().min(1).max(256).optional(),
    memory: sizeSchema.optional(),
    diskSize: sizeSchema.default(100 * GiB),
    network: z.enum(["isolated", "user"]).default("isolated"),
    accelerator: z.enum(["auto", "kvm", "tcg"]).default("auto"),
  })
  .superRefine((machine, context) => {
    if (machine.memory !== undefined && machine.memory < smallestMemory) {
      context.addIssue({
        code: "custom",
        path: ["memory"],
        message: 'is less than any installer needs; a number means bytes, so write a unit: "8GiB"',
      });
    }
    if (machine.secureBoot && machine.firmware === "bios") {
      context.addIssue({
        code: "custom",
        path: ["secureBoot"],
        message: 'needs `firmware: "uefi"`; a BIOS has no Secure Boot',
      });
    }
  })
  .transform((machine) => ({ ...machine, diskSize: Math.ceil(machine.diskSize / GiB) * GiB }));

/** Three times the limit still fits into a Node.js timer; a timer with a longer delay fires at once. */
const minutes = z.number().positive().max(10_000);

/** Time limits in minutes, at most 10,000. They are for KVM; under TCG `install` and `verify` are three times as long. */
export const timeoutsSchema = z.strictObject({
  fetch: minutes.default(60),
  install: minutes.default(40),
  /** An install in which nothing new happens (console, disk, CD, screen) for this long has failed. */
  stall: minutes.default(6),
  verify: minutes.default(10),
  convert: minutes.default(60),
  publish: minutes.default(120),
});

export const verifySchema = z.strictObject({
  /** Boot the image once, on a throwaway overlay. */
  boot: z.boolean().default(true),
  /** A regular expression that the console output of that boot must match. */
  expect: z
    .string()
    .refine((value) => {
      try {
        new RegExp(value);
        return true;
      } catch {
        return false;
      }
    }, "is not a regular expression")
    .optional(),
  /** `structure` reads each artifact with a program that did not write it; `boot` also boots each one. */
  artifacts: z.enum(["structure", "boot"]).default("structure"),
});

const localHostSchema = z.strictObject({
  type: z.literal("local"),
  /** Node.js program to run instead of this package's agent. A relative path resolves like that of an installer. */
  agent: text.optional(),
});
export type BuildHostSpec = z.infer<typeof localHostSchema>;

export const imageSpecSchema = z
  .strictObject({
    /** Required unless `adopt` is given. */
    installer: installerSchema.optional(),
    palette: paletteSchema.optional(),
    users: z.array(userSchema).optional(),
    userData: z
      .union([z.string(), z.record(z.string(), z.unknown())], "must be text or an object")
      .optional(),
    machine: machineSchema.prefault({}),
    formats: z
      .array(formatSchema)
      .min(1)
      .default([{ type: "qcow2", compression: "zlib" }]),
    publishTo: z.array(targetSchema).min(1, "needs at least one target"),
    buildHost: localHostSchema.default({ type: "local" }),
    verify: verifySchema.prefault({}),
    timeouts: timeoutsSchema.prefault({}),
    triggers: z.array(z.unknown()).default([]),
    /** `latest`: use the newest recipe. Default: keep the recipe of the existing image. */
    recipe: z.literal("latest").optional(),
    /** How many replaced images stay published. */
    keepPrevious: z.number().int().nonnegative().default(0),
    /** Install key of an existing image to use instead of building one. */
    adopt: sha256.optional(),
    singleHost: z.boolean().default(false),
  })
  .refine((spec) => (spec.installer ?? spec.adopt) !== undefined, {
    path: ["installer"],
    message: "is required, unless `adopt` names an existing image",
    // zod skips refinements after other problems; this one is reported together with them.
    when: () => true,
  })
  .superRefine((spec, context) => {
    for (const { path, message } of ruleProblems(spec)) {
      context.addIssue({ code: "custom", path, message });
    }
  })
  .transform((spec) => ({
    ...spec,
    formats: spec.formats.map((it) => withMachineDefaults(it, spec)),
  }));

/** An image, or a `SiteSeed` (site-seed.ts). */
export type ImageSpec = Omit<z.infer<typeof imageSpecSchema>, "palette"> & {
  readonly palette?: PaletteSpec | undefined;
};
/** The input as a user writes it, before defaults. */
export type ImageInput = z.input<typeof imageSpecSchema>;
export type InstallerSpec = z.infer<typeof installerObject>;
export type UserSpec = z.infer<typeof userSchema>;
