import { hashFile } from "../system/hash-file";
import { run } from "../system/run";
import type { ConvertContext, Converted } from "./format";

export type Qcow2Compression = "zlib" | "zstd" | "none";

/** Compressed with `qemu-img`; without `-W`, which would make the bytes differ from run to run. */
export async function convertToQcow2(
  disk: string,
  compression: Qcow2Compression,
  context: ConvertContext,
): Promise<Converted> {
  const failure = {
    signal: context.signal,
    code: "convert.failed",
    next: "Run it again; the base disk is kept, so nothing is installed anew.",
  } as const;
  let line = "";
  await run("qemu-img", convertArguments(disk, context.output, compression), {
    ...failure,
    onStdout: (chunk) => {
      line = (line + chunk.toString("latin1")).slice(-200);
      const percent = [...line.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
      if (percent !== undefined) context.onProgress(Number(percent));
    },
  });
  await run("qemu-img", ["check", "-q", "-f", "qcow2", context.output], failure);
  await run(
    "qemu-img",
    ["compare", "-q", "-f", "raw", "-F", "qcow2", disk, context.output],
    failure,
  );
  const sha256 = await hashFile(context.output, {
    signal: context.signal,
    onProgress: () => undefined,
  });
  return { path: context.output, sha256 };
}

export function convertArguments(
  disk: string,
  output: string,
  compression: Qcow2Compression,
): string[] {
  const compressed = compression === "none" ? [] : ["-c", "-o", `compression_type=${compression}`];
  return ["convert", "-p", "-f", "raw", "-O", "qcow2", ...compressed, disk, output];
}
