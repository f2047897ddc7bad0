import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Context } from "../../base/context";
import { verdictSchema, type Verdict } from "./verdict";

const entrySchema = verdictSchema.extend({ bootId: z.string(), qemuVersion: z.string() });

export interface VerdictOptions extends Pick<Context, "cacheDirectory"> {
  readonly qemuVersion: string;
}

/** The file of the verdict; one for each user, because permissions differ. */
export function verdictFile(cacheDirectory: string): string {
  return join(cacheDirectory, `accelerator-${process.getuid?.() ?? 0}.json`);
}

/** The saved verdict for this boot of this machine and this QEMU; undefined if there is none. */
export async function readVerdict(options: VerdictOptions): Promise<Verdict | undefined> {
  const text = await readFile(verdictFile(options.cacheDirectory), "utf8").catch(() => "");
  const entry = entrySchema.safeParse(parseJson(text));
  if (!entry.success || entry.data.qemuVersion !== options.qemuVersion) return undefined;
  if (entry.data.bootId !== (await bootId())) return undefined;
  const { accelerator, reason } = entry.data;
  return { accelerator, reason };
}

/**
 * Saves a verdict until the next boot: that of the benchmark, or that of an install whose guest showed no boot activity
 * under KVM, although KVM was faster in the benchmark.
 */
export async function saveVerdict(verdict: Verdict, options: VerdictOptions): Promise<void> {
  const entry = { ...verdict, bootId: await bootId(), qemuVersion: options.qemuVersion };
  const file = verdictFile(options.cacheDirectory);
  const temporary = `${file}.${process.pid}.${performance.now()}`;
  await mkdir(options.cacheDirectory, { recursive: true, mode: 0o700 });
  try {
    await writeFile(temporary, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
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
