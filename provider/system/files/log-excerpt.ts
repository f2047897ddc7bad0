import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** Characters of an unfinished line that are kept in memory; longer than any secret. */
const keptCharacters = 65_536;

type Redact = (text: string) => string;

/**
 * Masks the secrets in a log that another program wrote, of any size. A log without secrets is not changed. Without disk
 * space for a redacted copy, only its beginning and its end are kept: the secrets must not stay.
 */
export async function redactLog(path: string, redact: Redact): Promise<void> {
  if (!(await holdsSecret(path, redact))) return;
  const partial = `${path}.partial`;
  try {
    const redacted = async function* (): AsyncGenerator<string> {
      for await (const { text } of redactedPieces(path, redact)) yield text;
    };
    await pipeline(redacted, createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, path);
  } catch {
    await rm(partial, { recursive: true, force: true });
    await shorten(path, redact);
  }
}

const shortened = { headBytes: 256 * 1024, tailBytes: 512 * 1024 };

/** Overwrites the log with its ends, which needs no additional disk space. */
async function shorten(path: string, redact: Redact): Promise<void> {
  const { head, tail, omittedBytes } = await readLogExcerpt(path, shortened);
  // A partial line may begin or end in the middle of a secret.
  const whole = (text: string): string => (text.includes("\n") ? redact(text) : "");
  const text =
    tail === undefined
      ? redact(head)
      : `${whole(head)}[... ${omittedBytes} bytes left out ...]\n${whole(tail)}`;
  await writeFile(path, text, { mode: 0o600 });
}

async function holdsSecret(path: string, redact: Redact): Promise<boolean> {
  for await (const { changed } of redactedPieces(path, redact)) if (changed) return true;
  return false;
}

interface Piece {
  readonly text: string;
  readonly changed: boolean;
}

/** Yields whole lines, so that no secret is cut. */
async function* redactedPieces(path: string, redact: Redact): AsyncGenerator<Piece> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8" })) {
    rest += String(chunk);
    const end = rest.lastIndexOf("\n") + 1;
    if (end > 0) {
      yield redactPiece(rest.slice(0, end), redact);
      rest = rest.slice(end);
    }
    if (rest.length <= 2 * keptCharacters) continue;
    // A line without an end: mask its secrets before it is cut.
    const { text, changed } = redactPiece(rest, redact);
    yield { text: text.slice(0, -keptCharacters), changed };
    rest = text.slice(-keptCharacters);
  }
  yield redactPiece(rest, redact);
}

function redactPiece(piece: string, redact: Redact): Piece {
  const text = redact(piece);
  return { text, changed: text !== piece };
}

/** The beginning and the end of a log. */
export interface LogExcerpt {
  readonly head: string;
  /** Absent if `head` is the whole log. */
  readonly tail?: string | undefined;
  readonly omittedBytes: number;
}

/** Reads the beginning and the end of a log, in whole lines, with memory that does not depend on its size. */
export async function readLogExcerpt(
  path: string,
  most: { readonly headBytes: number; readonly tailBytes: number },
): Promise<LogExcerpt> {
  const { headBytes, tailBytes } = most;
  const handle = await open(path, "r");
  try {
    const read = async (start: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
      return buffer.subarray(0, bytesRead);
    };
    const { size } = await handle.stat();
    if (size <= headBytes + tailBytes) {
      return { head: (await read(0, size)).toString("utf8"), omittedBytes: 0 };
    }
    const head = untilLineEnd(await read(0, headBytes));
    const tail = fromLineStart(await read(size - tailBytes, tailBytes));
    return {
      head: head.toString("utf8"),
      tail: tail.toString("utf8"),
      omittedBytes: size - head.length - tail.length,
    };
  } finally {
    await handle.close();
  }
}

function untilLineEnd(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf("\n");
  return end === -1 ? bytes : bytes.subarray(0, end + 1);
}

function fromLineStart(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf("\n") + 1);
}
