import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { describeSystemError } from "../input/system-error";
import type { JsonOptions } from "../options/option";
import { cancellable } from "../terminal/cancellable";
import { note, printJson, printLines } from "../terminal/output";
import { notInspectable, type Inspection } from "./inspection";

/** Prints the contents of an installer, an image or a record. */
export async function inspect(file: string, { json }: JsonOptions): Promise<void> {
  const { document, lines } = await cancellable(
    (signal) => inspectFile(resolve(file), signal),
    note,
  );
  if (json === true) printJson(document);
  else printLines(lines);
}

async function inspectFile(path: string, signal: AbortSignal): Promise<Inspection> {
  const kind = await detect(path);
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

/** Detects the kind of file by its content: an ISO that boots from USB also contains a partition table. */
async function detect(path: string): Promise<Kind> {
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
    throw notInspectable(path, `cannot be read: ${describeSystemError(thrown)}`);
  }
  throw notInspectable(path, "is neither an ISO, an image nor a record");
}

async function readAt(
  file: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
