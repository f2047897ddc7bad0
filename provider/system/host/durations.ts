import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Accelerator } from "../../schema/names";
import { replaceFile } from "../files/replace-file";

/** Stages without measurable progress, whose duration can only be estimated from earlier runs. */
export type TimedStage = "install" | "verify";

/** Seconds, the newest last. */
const secondsSchema = z.array(z.number().positive()).default([]);
const durationsSchema = z.object({ install: secondsSchema, verify: secondsSchema });
type Remembered = z.infer<typeof durationsSchema>;

/** Enough that one unusual run does not change the median. */
const kept = 5;

/** How long the stages of one installer took on this host. */
export interface Durations {
  /** The median of the last five, in seconds; undefined before the first. */
  readonly expected: (stage: TimedStage) => Promise<number | undefined>;
  /** Never fails, because it only serves an estimate. */
  readonly add: (stage: TimedStage, seconds: number) => Promise<void>;
}

/** Kept in the cache, in a file of some hundred bytes for each installer and accelerator. */
export function durationsAt(
  cacheDirectory: string,
  installerSha256: string,
  accelerator: Accelerator,
): Durations {
  const file = join(cacheDirectory, "durations", `${installerSha256}-${accelerator}.json`);
  return {
    expected: async (stage) => median((await read(file))[stage]),
    add: async (stage, seconds) => {
      const known = await read(file);
      const updated = { ...known, [stage]: [...known[stage], round(seconds)].slice(-kept) };
      // A cache that cannot be written to is told by what needs it.
      await replaceFile(file, JSON.stringify(updated)).catch(() => undefined);
    },
  };
}

async function read(file: string): Promise<Remembered> {
  try {
    return durationsSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Missing or damaged: nothing is known.
    return { install: [], verify: [] };
  }
}

function median(seconds: readonly number[]): number | undefined {
  return seconds.toSorted((one, other) => one - other)[Math.floor((seconds.length - 1) / 2)];
}

function round(seconds: number): number {
  return Math.max(0.1, Math.round(seconds * 10) / 10);
}
