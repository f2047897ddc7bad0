import { z } from "zod";
import { firmwares, vsphereGuestId, vsphereScsiType } from "./names";
import { sha256, text } from "./primitives";
import { GiB, sizeSchema } from "../base/size";

/** Text for an OVF. It is XML 1.0, which can hold no control characters but tab, line feed, carriage return and NEL. */
const xmlText = z
  .string()
  .refine(
    (text) => !/[\p{Cc}\uFFFE\uFFFF]/u.test(text.replace(/[\t\n\r\u0085]/g, "")),
    "holds control characters, which an OVF cannot hold",
  );

const raw = z.strictObject({
  type: z.literal("raw"),
  /** Default: `zstd` for a target across a network, `none` for a directory. */
  compression: z.enum(["none", "zstd", "gzip"]).optional(),
});

const qcow2 = z.strictObject({
  type: z.literal("qcow2"),
  /** Every reader supports `zlib`; `zstd` needs QEMU 5.1 or later and is several times faster. */
  compression: z.enum(["zlib", "zstd", "none"]).default("zlib"),
});

const vmdk = z.strictObject({ type: z.literal("vmdk") });

const ova = z.strictObject({
  type: z.literal("ova"),
  /** Virtual hardware: 14 is vSphere 6.7, 21 vSphere 8.0 U2. */
  hardwareVersion: z.number().int().min(13).max(22).default(14),
  /** vSphere's identifier of the guest operating system. */
  guestId: z
    .string()
    .regex(/^[A-Za-z0-9_]+Guest$/, 'must be a guest identifier of vSphere, such as "ubuntu64Guest"')
    .default(vsphereGuestId),
  cpus: z.number().int().min(1).max(768).default(2),
  memory: sizeSchema.default(8 * GiB),
  scsiType: z.enum(["pvscsi", "lsilogic-sas"]).default(vsphereScsiType),
  networkType: z.enum(["vmxnet3", "e1000e"]).default("vmxnet3"),
  /** Default: `machine.firmware`. */
  firmware: z.enum(firmwares).optional(),
  /** Default: `machine.secureBoot`. */
  secureBoot: z.boolean().optional(),
  /**
   * Advanced settings of the virtual machine; plain text in the OVA. A `guestinfo.userdata` without a
   * `guestinfo.userdata.encoding` is written as base64, with that encoding: Kairos does not read one without.
   */
  extraConfig: z.record(xmlText.min(1), xmlText).default({}),
});

const vhd = z.strictObject({ type: z.literal("vhd") });
const gce = z.strictObject({ type: z.literal("gce") });

const containerdisk = z.strictObject({
  type: z.literal("containerdisk"),
  /** Format of the file in `/disk/`. KubeVirt boots qcow2 and raw; a VMDK is for other consumers. */
  disk: z.enum(["qcow2", "raw", "vmdk"]).default("qcow2"),
  /** Default KubeVirt preference of a DataVolume that is made from it. */
  preference: z.string().min(1).optional(),
  /** Default KubeVirt instance type of a DataVolume that is made from it. */
  instanceType: z.string().min(1).optional(),
  labels: z.record(z.string().min(1), z.string()).default({}),
});

/** A content bundle for the ISO. Text is short for `{ path }`. */
const bundle = z.preprocess(
  (value) => (typeof value === "string" ? { path: value } : value),
  z.strictObject({
    /** A relative path resolves like that of an installer. The bundle keeps its file name on the ISO. */
    path: text.refine(
      (path) => /[^/]\.(?:tar|tgz|zst|tar\.\w+)$/.test(path),
      "must be a content bundle, such as `content.tar.zst`",
    ),
    /** Default: computed by `check`. */
    sha256: sha256.optional(),
  }),
);

const bundles = z.array(bundle).superRefine((all, context) => {
  const names = all.map(({ path }) => path.replace(/.*\//, ""));
  names.forEach((name, index) => {
    if (names.indexOf(name) === index) return;
    const message = `is a second bundle with the file name "${name}"; rename one, because both keep their names on the ISO`;
    context.addIssue({ code: "custom", path: [index], message });
  });
});

const iso = z.strictObject({
  type: z.literal("iso"),
  /** Action of the machine at the end of the install. */
  afterInstall: z.enum(["poweroff", "reboot"]).default("poweroff"),
  /** Eject the CD at the end, because a machine that reboots from it would install again. No effect on a USB stick. */
  eject: z.boolean().default(true),
  /** The disk that is overwritten: `auto` is the largest one of the machine. */
  device: z
    .string()
    .regex(/^(?:auto|\/dev\/[\w./-]+)$/, 'must be "auto" or a path such as "/dev/nvme0n1"')
    .default("auto"),
  /** Palette content bundles, in the folder that Palette's installer reads. A single one needs no list. */
  contentBundles: z
    .preprocess((value) => (typeof value === "string" ? [value] : value), bundles)
    .default([]),
});

const byName = (value: unknown): unknown => (typeof value === "string" ? { type: value } : value);
const ofDisk = [raw, qcow2, vmdk, ova, vhd, gce, containerdisk] as const;

/** A format, by its name alone or with its options. */
export const formatSchema = z.preprocess(byName, z.discriminatedUnion("type", [...ofDisk, iso]));
/** A format that is made from the base disk. */
export const diskFormatSchema = z.preprocess(byName, z.discriminatedUnion("type", ofDisk));
/** A format of an image or of a `SiteSeed`. */
export const artifactFormatSchema = z.discriminatedUnion("type", [
  ...ofDisk,
  iso,
  z.strictObject({ type: z.literal("seed") }),
]);
export type FormatSpec = z.infer<typeof artifactFormatSchema>;
export type DiskFormat = z.infer<typeof diskFormatSchema>;
export type FormatOf<T extends FormatSpec["type"]> = Extract<FormatSpec, { type: T }>;
