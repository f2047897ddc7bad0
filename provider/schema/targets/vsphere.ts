import { z } from "zod";
import type { ArtifactFormat, FormatName } from "../names";
import { text } from "../primitives";
import { vsphereDeploy } from "./vsphere-deploy";

const trimmed = z.string().transform((value) => value.replace(/^\/+|\/+$/g, ""));

/** Items of a library are deployed or mounted, so a library accepts templates and CDs but no disks. */
const libraryFormats = ["ova", "iso"] as const satisfies readonly FormatName[];
/** Formats that vSphere can use from a datastore. `raw` and `qcow2` are only stored there, if they are listed. */
const datastoreFormats = ["vmdk", "ova", "iso"] as const satisfies readonly FormatName[];
const storedFormats = [
  ...datastoreFormats,
  "raw",
  "qcow2",
] as const satisfies readonly FormatName[];

/** Host name or address with an optional port. A user or a path is an error, because it would be ignored. */
const serverName = text
  .regex(
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/,
    'must be a host name or address, such as "vcenter.example.com" or "10.0.0.5:8443"',
  )
  .transform((value) => value.toLowerCase());

const thumbprint = z
  .string()
  .transform((value) => value.replace(/^(SHA-?(1|256)[:= ])/i, "").replace(/[:\s]/g, ""))
  .refine(
    (value) => /^([0-9a-fA-F]{64}|[0-9a-fA-F]{40})$/.test(value),
    "must be the SHA-256 (64 hexadecimal digits) or the SHA-1 (40) of the server's certificate",
  )
  .transform((value) => value.toLowerCase());

const vsphereObject = z.strictObject({
  type: z.literal("vsphere"),
  /** Host name or address of vCenter, with `:port` if it is not 443. */
  server: serverName,
  /** Path of the datacenter, including folders. Optional if there is only one datacenter. Belongs to `datastore`. */
  datacenter: trimmed.pipe(text).optional(),
  /** Name of the datastore to publish into, instead of a `library`. */
  datastore: text.optional(),
  /** Folder of the datastore. Default: its root. */
  folder: trimmed.optional(),
  /** Name or ID of the content library to publish into, instead of a `datastore`. */
  library: text.optional(),
  /** Deploys the library's OVA as a template to clone virtual machines from. Belongs to `library`. */
  deploy: vsphereDeploy.optional(),
  /** Literal credentials are stored in the state, as secrets; prefer VSPHERE_USER and VSPHERE_PASSWORD, or `credentialsFile`. */
  username: text.optional(),
  password: text.optional(),
  /** JSON file `{"username": "...", "password": "..."}`. A relative path resolves like that of a directory target. */
  credentialsFile: text.optional(),
  /** SHA-256 of the server's certificate, or the SHA-1 that vCenter shows. Only this certificate is trusted. */
  thumbprint: thumbprint.optional(),
  /** PEM file with the CA of the server's certificate, instead of the system's CAs. */
  caFile: text.optional(),
  /** Default: the formats that vSphere can use: `ova` and `iso`, and `vmdk` for a datastore. */
  formats: z
    .array(z.enum(storedFormats, { error: formatProblem }))
    .min(1)
    .optional(),
});

function formatProblem({ input }: { readonly input?: unknown }): string {
  const named = typeof input === "string" ? `names "${input}"` : "is a format";
  return `${named}, which vSphere cannot use; a datastore accepts "vmdk", "ova" and "iso", a library "ova" and "iso"; publish it to another target`;
}

export const vsphereTarget = vsphereObject.superRefine((target, context) => {
  const problem = (path: PropertyKey[], message: string): void => {
    context.addIssue({ code: "custom", path, message });
  };
  if ((target.datastore === undefined) === (target.library === undefined)) {
    problem([], "needs exactly one of `datastore` and `library`");
  }
  for (const key of ["datacenter", "folder"] as const) {
    if (target.library !== undefined && target[key] !== undefined) {
      problem([key], "belongs to a `datastore` and cannot be given with a `library`");
    }
  }
  if (target.deploy !== undefined && target.library === undefined) {
    problem(["deploy"], "belongs to a `library`, because vSphere deploys only items of a library");
  }
  if (target.deploy !== undefined && target.formats?.includes("ova") === false) {
    problem(["formats"], 'lacks "ova", from which `deploy` makes a template');
  }
  for (const [key, other] of [
    ["username", "password"] as const,
    ["password", "username"] as const,
  ]) {
    if (target[key] === undefined && target[other] !== undefined) {
      problem([key], "is missing: literal credentials need `username` and `password`");
    }
  }
  if (target.credentialsFile !== undefined && target.username !== undefined) {
    problem(["credentialsFile"], "cannot be given with `username` and `password`");
  }
  if (target.caFile !== undefined && target.thumbprint !== undefined) {
    problem(["caFile"], "cannot be given with `thumbprint`, which trusts one certificate only");
  }
  target.formats?.forEach((format, index) => {
    if (target.library === undefined || isOneOf(libraryFormats, format)) return;
    problem(
      ["formats", index],
      `names "${format}", which a content library cannot deploy; use "ova" or "iso", or a \`datastore\``,
    );
  });
});
/** Whether a format is published to a target that lists no formats. */
export function vsphereAccepts({ library }: VsphereTargetSpec, format: ArtifactFormat): boolean {
  // A seed is a CD.
  if (format === "seed") return true;
  return isOneOf(library === undefined ? datastoreFormats : libraryFormats, format);
}

function isOneOf(formats: readonly FormatName[], format: FormatName): boolean {
  return formats.includes(format);
}

export type VsphereTargetSpec = z.infer<typeof vsphereTarget>;
