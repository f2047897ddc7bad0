import { QmpConnection, type CallOptions } from "./connection";
import { blockStatsSchema, statusSchema, type BlockStats } from "./messages";
import { connectSocket } from "./socket";

export type { CallOptions } from "./connection";
export type { BlockStats, QmpEvent } from "./messages";

export interface QmpOptions {
  readonly signal: AbortSignal;
  /** How long to wait for the socket and QEMU's greeting; 30 s unless given. */
  readonly connectSeconds?: number | undefined;
}

/** Connects to `-qmp unix:PATH,server=on,wait=off` and negotiates capabilities. */
export async function connectQmp(path: string, options: QmpOptions): Promise<Qmp> {
  const seconds = options.connectSeconds ?? 30;
  const socket = await connectSocket(path, { signal: options.signal, seconds });
  const qmp = new Qmp(socket);
  try {
    await qmp.execute("qmp_capabilities", {}, { signal: options.signal, seconds });
  } catch (error) {
    qmp.close();
    throw error;
  }
  return qmp;
}

/** QEMU's monitor, with typed results for the commands that this program uses. */
export class Qmp extends QmpConnection {
  /** `running`, `shutdown`, `paused`, `guest-panicked`, `io-error`, ... */
  async queryStatus(options?: CallOptions): Promise<string> {
    return statusSchema.parse(await this.execute("query-status", {}, options)).status;
  }

  /** Bytes that every drive has read and written so far. */
  async queryBlockStats(options?: CallOptions): Promise<readonly BlockStats[]> {
    return blockStatsSchema.parse(await this.execute("query-blockstats", {}, options));
  }

  /** Writes a screenshot of the first screen; returns the file's path, which is `path` with `.png`, or `.ppm` before QEMU 7.1. */
  async screendump(path: string, options?: CallOptions): Promise<string> {
    const png = this.version >= 7001;
    const filename = `${path}.${png ? "png" : "ppm"}`;
    await this.execute("screendump", png ? { filename, format: "png" } : { filename }, options);
    return filename;
  }

  /** Presses keys at the same time, by QEMU's names: `ret`, or `ctrl`, `alt`, `delete`. */
  async sendKeys(keys: readonly string[], options?: CallOptions): Promise<void> {
    await this.execute(
      "send-key",
      { keys: keys.map((data) => ({ type: "qcode", data })) },
      options,
    );
  }

  /** Ends QEMU at once, without notifying the guest. Returns when the socket has ended. */
  async quit(options: CallOptions = {}): Promise<void> {
    // QEMU may exit before it answers.
    await Promise.race([this.execute("quit", {}, options).catch(() => undefined), this.ended]);
    this.close();
    await this.ended;
  }
}
