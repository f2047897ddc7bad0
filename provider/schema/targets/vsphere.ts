import { z } from "zod";
import type { ArtifactFormat, FormatName } from "../names";
import { text } from "../primitives";
import { vsphereDeploy } from "./vsphere-deploy";

const trimmed = z.string().transform((value) => value.replace(/^\/+|\/+$/g, ""));

/** What lies in a library is deployed or mounted from there: it takes templates and CDs, not disks. */
const libraryFormats = ["ova", "iso"] as const satisfies readonly FormatName[];
/** What vSphere itself can use of a datastore; `raw` and `qcow2` only lie there, where they are asked for. */
const datastoreFormats = ["vmdk", "ova", "iso"] as const satisfies readonly FormatName[];
const storedFormats = [
  ...datastoreFormats,
  "raw",
  "qcow2",
] as const satisfies readonly FormatName[];

/** A server's name or address with an optional port; a user or a path in it would be lost. */
const serverName = text
  .regex(
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/,
    'must be a host name or an address, such as "vcenter.example.com" or "10.0.0.5:8443"',
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
  /** vCenter: host name or address, with `:port` where it is not 443. */
  server: serverName,
  /** Path of the datacenter, folders included; may be left out where there is one only. Belongs to `datastore`. */
  datacenter: trimmed.pipe(text).optional(),
  /** Name of the datastore to publish into, instead of a `library`. */
  datastore: text.optional(),
  /** Folder of the datastore; default its root. */
  folder: trimmed.optional(),
  /** Name or ID of the content library to publish into, instead of a `datastore`. */
  library: text.optional(),
  /** Deploys the library's OVA to a template that virtual machines are cloned from. Belongs to `library`. */
  deploy: vsphereDeploy.optional(),
  /** Literal credentials end in state, as secrets; prefer VSPHERE_USER and VSPHERE_PASSWORD, or `credentialsFile`. */
  username: text.optional(),
  password: text.optional(),
  /** JSON file `{"username": "...", "password": "..."}`; a relative path resolves as that of a directory target. */
  credentialsFile: text.optional(),
  /** SHA-256, or SHA-1 as vCenter shows it, of the server's certificate: this one is trusted, and no other. */
  thumbprint: thumbprint.optional(),
  /** PEM file with the CA of the server's certificate, instead of the usual ones. */
  caFile: text.optional(),
  /** Default what vSphere can use: `ova` and `iso`, and `vmdk` for a datastore. */
  formats: z
    .array(z.enum(storedFormats, { error: refusal }))
    .min(1)
    .optional(),
});

function refusal({ input }: { readonly input?: unknown }): string {
  const named = typeof input === "string" ? `names "${input}", which vSphere` : "vSphere";
  return `${named} has no use for; a datastore takes "vmdk", "ova" and "iso", a library "ova" and "iso"; publish it to another target`;
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
      problem([key], "belongs to a `datastore`; a content library has none");
    }
  }
  if (target.deploy !== undefined && target.library === undefined) {
    problem(["deploy"], "belongs to a `library`, whose items vSphere can deploy");
  }
  if (target.deploy !== undefined && target.formats?.includes("ova") === false) {
    problem(["formats"], 'lacks "ova", which is what `deploy` makes a template of');
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
    problem(["credentialsFile"], "cannot stand beside `username` and `password`");
  }
  if (target.caFile !== undefined && target.thumbprint !== undefined) {
    problem(["caFile"], "cannot stand beside `thumbprint`, which trusts one certificate only");
  }
  target.formats?.forEach((format, index) => {
    if (target.library === undefined || isOneOf(libraryFormats, format)) return;
    problem(
      ["formats", index],
      `names "${format}", which a content library cannot deploy; use "ova" or "iso", or a \`datastore\``,
    );
  });
});
/** Whether an artifact goes there where the target names no formats. */
export function vsphereAccepts({ library }: VsphereTargetSpec, format: ArtifactFormat): boolean {
  // A seed is a CD.
  if (format === "seed") return true;
  return isOneOf(library === undefined ? datastoreFormats : libraryFormats, format);
}

function isOneOf(formats: readonly FormatName[], format: FormatName): boolean {
  return formats.includes(format);
}

/** The part of the spec that says where things are. */
export type VsphereLocation = Pick<
  VsphereTargetSpec,
  "server" | "datacenter" | "datastore" | "folder" | "library"
>;

/**
 * Identity, without credentials: the inventory path of the datastore (`vsphere://server/DC/datastore/NAME/folder`, in
 * which `datastore` is the name of vSphere's own folder), or `vsphere://server/library/NAME`.
 */
export function vsphereTargetId(location: VsphereLocation): string {
  const { server, datacenter = "", datastore, folder = "", library } = location;
  const parts =
    library === undefined
      ? [...segmentsOf(datacenter), "datastore", datastore ?? "", ...segmentsOf(folder)]
      : ["library", library];
  return `vsphere://${server}/${parts.map(encodeURIComponent).join("/")}`;
}

export function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

export type VsphereTargetSpec = z.infer<typeof vsphereTarget>;
