import { randomUUID } from "node:crypto";
import { z } from "zod";
import { StylusError } from "../base/errors";
import type { Place } from "./place";
import type { RecordStore } from "./record-store";

/** File with the ID of a place. Created once; earlier versions of this package ignore it. */
export const placeFile = ".stylus-image/place.json";

const schema = z.object({ id: z.uuid() });

/** The ID in the text of a place's file. */
export function parsePlaceId(text: string, where: string): string {
  try {
    return schema.parse(JSON.parse(text)).id;
  } catch (cause) {
    throw new StylusError("record.unreadable", {
      what: `${placeFile} at ${where} cannot be parsed.`,
      why: "It was damaged, or written by a newer version of pulumi-stylus-image.",
      next: "Remove that file; the next `up` writes a new one.",
      cause,
    });
  }
}

/** A place whose ID and marks are small files in it. */
export function writtenPlace(files: RecordStore): Place & Required<Pick<Place, "marks">> {
  const readId: Place["readId"] = async (signal) => {
    const text = await files.read(placeFile, signal);
    return text === undefined ? undefined : parsePlaceId(text, files.id);
  };
  return {
    kind: "files",
    readId,
    async ensureId(signal) {
      const existing = await readId(signal);
      if (existing !== undefined) return existing;
      const id = randomUUID();
      const outcome = await files.create(placeFile, `${JSON.stringify({ id })}\n`, signal);
      return outcome === "created" ? id : readId(signal);
    },
    marks: {
      async leave(signal) {
        const mark = newMark();
        await files.create(mark, mark, signal);
        return mark;
      },
      has: async (mark, signal) => (await files.read(mark, signal)) === mark,
      remove: (mark, signal) => files.remove(mark, signal),
    },
  };
}

/** Not a hidden name: many web servers refuse those. */
export function newMark(): string {
  return `stylus-image-mark-${randomUUID()}`;
}
