import { z } from "zod";

/** The events of QEMU that this program uses. */
export const qmpEventSchema = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("SHUTDOWN"),
    /** `guest`: the guest asked for it. `reason`: guest-shutdown, guest-reset, guest-panic, host-signal, ... */
    data: z.object({ guest: z.boolean(), reason: z.string() }),
  }),
  z.object({
    event: z.literal("RESET"),
    data: z.object({ guest: z.boolean(), reason: z.string() }),
  }),
  z.object({ event: z.literal("STOP") }),
  z.object({ event: z.literal("POWERDOWN") }),
  z.object({ event: z.literal("GUEST_PANICKED"), data: z.object({ action: z.string() }) }),
  z.object({
    event: z.literal("BLOCK_IO_ERROR"),
    data: z.object({
      device: z.string(),
      operation: z.string(),
      /** QEMU's reaction: `report` to the guest, `stop` the machine, `ignore`. */
      action: z.string(),
      /** The host's file system is full. */
      nospace: z.boolean().default(false),
      reason: z.string(),
    }),
  }),
]);
export type QmpEvent = z.infer<typeof qmpEventSchema>;

export const greetingSchema = z.object({
  QMP: z.object({
    version: z.object({
      qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }),
    }),
  }),
});

/** The answer to the command with the same `id`. */
export const answerSchema = z.union([
  z.object({ id: z.number(), error: z.object({ class: z.string(), desc: z.string() }) }),
  z.object({ id: z.number(), return: z.unknown() }),
]);

export const statusSchema = z.object({ running: z.boolean(), status: z.string() });

export const blockStatsSchema = z.array(
  z
    .object({
      device: z.string().default(""),
      qdev: z.string().default(""),
      "node-name": z.string().default(""),
      stats: z.object({
        rd_bytes: z.number(),
        wr_bytes: z.number(),
        rd_operations: z.number(),
        wr_operations: z.number(),
      }),
    })
    .transform(({ device, qdev, stats, ...rest }) => ({
      /** Ids of the drive, the device and the block node, as far as QEMU's arguments set them. */
      names: [device, qdev, rest["node-name"]].filter((name) => name !== ""),
      readBytes: stats.rd_bytes,
      writtenBytes: stats.wr_bytes,
      reads: stats.rd_operations,
      writes: stats.wr_operations,
    })),
);
export type BlockStats = z.infer<typeof blockStatsSchema>[number];
