import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { StylusError } from "../../base/errors";
import { invalidInput } from "../../schema/parse";
import { cancellable } from "../terminal/run-watched";
import { note, printJson, printLines } from "../terminal/output";
import { systemFault } from "../options/files";

/** What a file turned out to be, as a document and as lines for people. */
export interface Inspection {
  readonly document: unknown;
  readonly lines: readonly string[];
}

/** Shows what an installer, an image or a record holds. */
export async function inspect(file: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { document, lines } = await cancellable(
    (signal) => inspectFile(resolve(file), signal),
    note,
  );
  if (json === true) printJson(document);
  else printLines(lines);
}

async function inspectFile(path: string, signal: AbortSignal): Promise<Inspection> {
  const kind = await recognise(path);
  switch (kind) {
    case "iso": {
      const { inspectInstaller } = require("./iso") as typeof import("./iso");
      return inspectInstaller(path, signal);
    }
    case "raw":
    case "qcow2": {
      const { inspectImage } = require("./image") as typeof import("./image");
      return inspectImage(path, kind, signal);
    }
    case "record": {
      const { inspectRecord } = require("./record") as typeof import("./record");
      return inspectRecord(path, signal);
    }
  }
}

type Kind = "iso" | "raw" | "qcow2" | "record";

/** By content, for names lie: an ISO that also boots from USB carries a partition table as well. */
async function recognise(path: string): Promise<Kind> {
  try {
    if ((await stat(path)).isDirectory()) return "record";
    const file = await open(path, "r");
    try {
      const head = await readAt(file, 0, 512);
      if ((await readAt(file, 0x8001, 5)).toString("latin1") === "CD001") return "iso";
      if (head.subarray(0, 4).toString("latin1") === "QFI\u00fb") return "qcow2";
      if (head.toString("latin1").trimStart().startsWith("{")) return "record";
      if (head.length === 512) return "raw";
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw unreadable(path, `cannot be read: ${systemFault(thrown)}`);
  }
  throw unreadable(path, "is neither an ISO, an image nor a record");
}

async function readAt(
  file: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

export function unreadable(path: string, reason: string): StylusError {
  return invalidInput([{ path, reason }]);
}
