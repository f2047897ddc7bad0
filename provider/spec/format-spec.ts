import { z } from "zod";
import { firmwares } from "./names";
import { GiB, sizeSchema } from "./size";

/** An OVF is XML 1.0, which has no way to write other control characters than these. */
const xmlText = z
  .string()
  .refine(
    (text) => !/[\p{Cc}\uFFFE\uFFFF]/u.test(text.replace(/[\t\n\r\u0085]/g, "")),
    "holds control characters, which an OVF cannot",
  );

const raw = z.strictObject({
  type: z.literal("raw"),
  /** Default `zstd` for a target across a network, `none` for a directory. */
  compression: z.enum(["none", "zstd", "gzip"]).optional(),
});

const qcow2 = z.strictObject({
  type: z.literal("qcow2"),
  /** `zlib` is read by every reader; `zstd` needs QEMU 5.1 or later and is several times faster. */
  compression: z.enum(["zlib", "zstd", "none"]).default("zlib"),
});

const vmdk = z.strictObject({ type: z.literal("vmdk") });

const ova = z.strictObject({
  type: z.literal("ova"),
  /** Virtual hardware: 14 is vSphere 6.7, 21 vSphere 8.0 U2. */
  hardwareVersion: z.number().int().min(13).max(22).default(14),
  /** vSphere's identifier of the guest. */
  guestId: z
    .string()
    .regex(/^[A-Za-z0-9_]+Guest$/, 'must be an identifier of vSphere, such as "ubuntu64Guest"')
    .default("other4xLinux64Guest"),
  cpus: z.number().int().min(1).max(768).default(2),
  memory: sizeSchema.default(8 * GiB),
  scsiType: z.enum(["pvscsi", "lsilogic-sas"]).default("pvscsi"),
  networkType: z.enum(["vmxnet3", "e1000e"]).default("vmxnet3"),
  /** Default that of the machine. */
  firmware: z.enum(firmwares).optional(),
  /** Default that of the machine. */
  secureBoot: z.boolean().optional(),
  /**
   * Advanced settings of the virtual machine; plain text in the OVA. A `guestinfo.userdata` without an encoding of its
   * own is written as base64, and said to be so: Kairos reads no other that names none.
   */
  extraConfig: z.record(xmlText.min(1), xmlText).default({}),
});

const vhd = z.strictObject({ type: z.literal("vhd") });
const gce = z.strictObject({ type: z.literal("gce") });

const containerdisk = z.strictObject({
  type: z.literal("containerdisk"),
  /** What lies under `/disk/`; KubeVirt takes qcow2 and raw, and a VMDK is only carried. */
  disk: z.enum(["qcow2", "raw", "vmdk"]).default("qcow2"),
  /** KubeVirt preference that a DataVolume made from it takes by default. */
  preference: z.string().min(1).optional(),
  /** KubeVirt instance type likewise. */
  instanceType: z.string().min(1).optional(),
  labels: z.record(z.string().min(1), z.string()).default({}),
});

/** A format, by its name alone or with its options. */
export const formatSchema = z.preprocess(
  (value) => (typeof value === "string" ? { type: value } : value),
  z.discriminatedUnion("type", [raw, qcow2, vmdk, ova, vhd, gce, containerdisk]),
);
export type FormatSpec = z.infer<typeof formatSchema>;
export type FormatOf<T extends FormatSpec["type"]> = Extract<FormatSpec, { type: T }>;
