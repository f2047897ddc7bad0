import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Context } from "../../base/context";
import { verdictSchema, type Verdict } from "./verdict";

const memorySchema = verdictSchema.extend({ bootId: z.string(), qemuVersion: z.string() });

export interface VerdictOptions extends Pick<Context, "cacheDirectory"> {
  readonly qemuVersion: string;
}

/** Where the verdict is kept; each user has their own, for permissions differ. */
export function verdictFile(cacheDirectory: string): string {
  return join(cacheDirectory, `accelerator-${process.getuid?.() ?? 0}.json`);
}

/** The verdict of this boot of this machine with this QEMU; nothing when there is none. */
export async function readVerdict(options: VerdictOptions): Promise<Verdict | undefined> {
  const text = await readFile(verdictFile(options.cacheDirectory), "utf8").catch(() => "");
  const memory = memorySchema.safeParse(parseJson(text));
  if (!memory.success || memory.data.qemuVersion !== options.qemuVersion) return undefined;
  if (memory.data.bootId !== (await bootId())) return undefined;
  const { accelerator, reason } = memory.data;
  return { accelerator, reason };
}

/**
 * Keeps a verdict until the next boot: that of the race, or what an install found out (a guest that
 * showed no sign of life under a KVM that had won).
 */
export async function saveVerdict(verdict: Verdict, options: VerdictOptions): Promise<void> {
  const memory = { ...verdict, bootId: await bootId(), qemuVersion: options.qemuVersion };
  const file = verdictFile(options.cacheDirectory);
  const unfinished = `${file}.${process.pid}.${performance.now()}`;
  await mkdir(options.cacheDirectory, { recursive: true, mode: 0o700 });
  try {
    await writeFile(unfinished, `${JSON.stringify(memory)}\n`, { mode: 0o600 });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

export async function deleteVerdict(cacheDirectory: string): Promise<void> {
  await rm(verdictFile(cacheDirectory), { force: true });
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
