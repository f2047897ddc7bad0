import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { StylusError } from "../../base/errors";
import { MiB } from "../../base/size";

/** Bytes under their digest: how everything in a registry is kept. */
export interface OciBlob {
  /** `sha256:...` */
  readonly digest: string;
  readonly size: number;
  /** The bytes from `offset` on, as often as they are asked for. */
  read(offset: number, length: number): AsyncGenerator<Buffer>;
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export function bufferBlob(bytes: Buffer): OciBlob {
  return {
    digest: digestOf(bytes),
    size: bytes.length,
    async *read(offset, length) {
      yield await Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

/** A blob that lies in an open file, from `start` on; its digest is known, and the registry proves it. */
export function fileBlob(
  file: FileHandle,
  path: string,
  start: number,
  { digest, size }: Pick<OciBlob, "digest" | "size">,
): OciBlob {
  return {
    digest,
    size,
    async *read(offset, length) {
      for (let done = 0; done < length;) {
        // A new buffer each time: the last one may still wait in a socket.
        const piece = Buffer.allocUnsafe(Math.min(MiB, length - done));
        const { bytesRead } = await file.read(piece, 0, piece.length, start + offset + done);
        if (bytesRead === 0) throw becameShorter(path);
        done += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    },
  };
}

function becameShorter(path: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed while it was published.`,
    why: "It became shorter.",
    next: "Nothing was published. Run the build again; it makes the file anew.",
  });
}
