import { hashFile } from "../../system/files/hash";
import { run } from "../../system/process/run";
import { findTools } from "../../system/process/tools";
import type { ConvertContext, Converted } from "../format";
import { compressorName } from "./compress";
import { writeQcow2 } from "./write";
import { tryAgain, writeError } from "../write-error";

export type Qcow2Compression = "zlib" | "zstd" | "none";

/** Share of the progress that writing takes; the rest is the check. */
const writing = 0.7;

/** Name and version of the encoder of a qcow2 file. */
export async function qcow2Encoder(
  compression: Qcow2Compression,
  signal: AbortSignal,
): Promise<string> {
  if (compression !== "none") return compressorName(compression);
  const tools = await findTools(["qemu-img"], signal);
  return `qemu-img ${tools["qemu-img"].version}`;
}

/**
 * Converts the base disk to qcow2. A compressed file is written by our own code: `qemu-img`
 * compresses on one core, or with `-W` in an order that differs from run to run. In both cases
 * qemu-img reads the file back and compares it with the disk.
 */
export async function convertToQcow2(
  disk: string,
  compression: Qcow2Compression,
  context: ConvertContext,
): Promise<Converted> {
  const { output, signal } = context;
  const onProgress = (percent: number) => context.onProgress(writing * percent);
  if (compression === "none") {
    const format = ["-f", "raw", "-O", "qcow2"];
    await qemuImg(["convert", "-p", ...format, disk, output], { signal, onProgress });
  } else {
    await writeQcow2(disk, output, { compression, signal, onProgress }).catch((thrown: unknown) => {
      throw writeError(thrown, output, signal);
    });
  }
  return { path: output, sha256: await checkAndHash(disk, context) };
}

/**
 * The first bytes of the file, the header, are written last, because they point at tables whose
 * position is known at the end. So the hash cannot be taken while writing. It is taken while
 * qemu-img checks the same pages on another core.
 */
async function checkAndHash(disk: string, context: ConvertContext): Promise<string> {
  const { output, signal } = context;
  const [checked, hashed] = await Promise.allSettled([
    checkQcow2(disk, context),
    hashFile(output, { signal, onProgress: () => undefined }),
  ]);
  if (checked.status === "rejected") throw checked.reason;
  if (hashed.status === "rejected") throw writeError(hashed.reason, output, signal);
  return hashed.value;
}

async function checkQcow2(disk: string, { output, signal, ...context }: ConvertContext) {
  const onProgress = (percent: number) =>
    context.onProgress(100 * writing + (1 - writing) * percent);
  await qemuImg(["check", "-f", "qcow2", output], { signal });
  const formats = ["-f", "raw", "-F", "qcow2"];
  await qemuImg(["compare", "-p", ...formats, disk, output], { signal, onProgress });
}

async function qemuImg(
  args: readonly string[],
  { signal, onProgress }: Pick<ConvertContext, "signal"> & Partial<ConvertContext>,
): Promise<void> {
  let rest = "";
  await run("qemu-img", args, {
    signal,
    code: "convert.failed",
    next: tryAgain,
    onStdout: (chunk) => {
      const text = rest + chunk.toString("latin1");
      rest = text.slice(text.lastIndexOf(")") + 1).slice(-200);
      // One chunk of the pipe may hold several of the lines.
      for (const [, percent] of text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)) {
        onProgress?.(Number(percent));
      }
    },
  });
}
