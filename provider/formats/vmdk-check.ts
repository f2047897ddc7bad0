import { run } from "../system/run";

export interface CheckOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (percent: number) => void;
}

/** Reads a VMDK by another program than the one that wrote it: its structure, then all of its content. */
export async function checkVmdk(
  disk: string,
  vmdk: string,
  { signal, onProgress }: CheckOptions,
): Promise<void> {
  const failure = {
    signal,
    code: "convert.failed",
    next: "Run it again; the base disk is kept, so nothing is installed anew.",
  } as const;
  await run("qemu-img", ["check", "-q", "-f", "vmdk", vmdk], failure);
  let line = "";
  await run("qemu-img", ["compare", "-p", "-f", "raw", "-F", "vmdk", disk, vmdk], {
    ...failure,
    onStdout: (chunk) => {
      line = (line + chunk.toString("latin1")).slice(-200);
      const percent = [...line.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
      if (percent !== undefined) onProgress(Number(percent));
    },
  });
}
