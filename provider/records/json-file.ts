import type { z } from "zod";
import { StylusError } from "../base/errors";
import type { RecordStore } from "../targets/record-store";

/** Reads one file of a record; undefined if it does not exist. */
export async function readJson<T>(
  store: RecordStore,
  path: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const text = await store.read(path, signal);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StylusError("record.unreadable", {
      what: `The record file ${path} at ${store.id} cannot be parsed.`,
      why: "It was damaged, or written by a newer version of pulumi-stylus-image.",
      next: "Use the newer version, or remove that file if the image may be built again.",
      cause,
    });
  }
}

/** The text of a record file. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
