import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { HttpResponse } from "../../system/http/request";
import { retryAfter, isRetryable } from "../../system/http/retry";
import type { OciConnection } from "./connection";
import { type ErrorResponse, readErrorResponse } from "./errors";
import { type OciBlob, digestOf } from "./manifest";

/** An upload that is under way: where its next bytes go, and how many are there. */
export interface Upload {
  readonly location: URL;
  readonly offset: number;
}

/** What became of one step of an upload. */
type Step =
  | { readonly type: "done"; readonly upload: Upload }
  /** The registry may have some of it; to be asked. */
  | {
      readonly type: "unclear";
      readonly pause: number | undefined;
      readonly refusal: ErrorResponse;
    }
  | { readonly type: "refused"; readonly refusal: ErrorResponse };

const octets = "application/octet-stream";

export async function beginUpload(
  connection: OciConnection,
  blob: OciBlob,
  signal: AbortSignal,
): Promise<Upload> {
  const doing = `begin the upload of ${blob.digest}`;
  const to = "blobs/uploads/";
  const answer = await connection.send({ method: "POST", to, signal, doing });
  if (answer.status !== 202) throw await connection.errorFrom(answer, doing);
  await answer.discard();
  return { location: locationOf(connection, answer), offset: 0 };
}

/** Sends the next `length` bytes. */
export async function sendChunk(
  connection: OciConnection,
  blob: OciBlob,
  { location, offset }: Upload,
  length: number,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Step> {
  const answer = await connection.send({
    method: "PATCH",
    to: location,
    headers: { "content-type": octets, "content-range": `${offset}-${offset + length - 1}` },
    body: { length, chunks: () => withProgress(blob.read(offset, length), offset, onSent) },
    repeat: "once",
    signal,
    doing: `send ${blob.digest}`,
  });
  if (answer.status === 202 || answer.status === 204) {
    await answer.discard();
    const end = offset + length;
    // Some tell only of the chunk, and not of all before it.
    const told = offsetOf(answer) ?? end;
    const upload = {
      location: locationOf(connection, answer, location),
      offset: told > offset && told < end ? told : end,
    };
    return { type: "done", upload };
  }
  const pause = retryAfter(answer);
  const refusal = await readErrorResponse(answer);
  const isUnclear = answer.status === 416 || isRetryable(answer.status);
  return isUnclear ? { type: "unclear", pause, refusal } : { type: "refused", refusal };
}

/** What the registry has of an upload; undefined where it has given it up. */
export async function uploadStatus(
  connection: OciConnection,
  { location }: Upload,
  signal: AbortSignal,
): Promise<Upload | undefined> {
  const doing = "ask how far an upload is";
  const answer = await connection.send({ method: "GET", to: location, signal, doing });
  await answer.discard();
  if (answer.status !== 204 && answer.status !== 200 && answer.status !== 202) return undefined;
  const offset = offsetOf(answer);
  if (offset === undefined) return undefined;
  return { location: locationOf(connection, answer, location), offset };
}

/** Ends an upload: with nothing, after its chunks, or with the whole blob. */
export async function completeUpload(
  connection: OciConnection,
  blob: OciBlob,
  { location, offset }: Upload,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const to = new URL(location);
  to.searchParams.set("digest", blob.digest);
  const length = blob.size - offset;
  return connection.send({
    method: "PUT",
    to,
    headers: { "content-type": octets },
    ...(length > 0 && {
      body: { length, chunks: () => withProgress(blob.read(offset, length), offset, onSent) },
    }),
    repeat: "once",
    signal,
    doing: `complete the upload of ${blob.digest}`,
  });
}

/** Where the next step goes. A registry behind a proxy that ends TLS often says http of itself: never follow it there. */
function locationOf(connection: OciConnection, answer: HttpResponse, before?: URL): URL {
  const location = answer.header("location");
  if (location === undefined) return before ?? answer.url;
  const url = new URL(location, answer.url);
  const own = new URL(connection.registry.origin);
  if (url.hostname !== own.hostname || url.protocol === own.protocol) return url;
  return new URL(url.pathname + url.search, own);
}

/** `Range: 0-N`, where N is the last byte; of nothing yet, registries say `0-0`. */
function offsetOf(answer: HttpResponse): number | undefined {
  const range = /^(?:bytes=)?0-(-?\d+)$/.exec(answer.header("range") ?? "");
  if (range === null) return undefined;
  const last = Number(range[1]);
  return last <= 0 ? 0 : last + 1;
}

async function* withProgress(
  pieces: AsyncIterable<Buffer>,
  start: number,
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let sent = start;
  for await (const piece of pieces) {
    onSent(sent);
    yield piece;
    sent += piece.length;
  }
}

/** Remembers an upload that is under way, for a process that comes after this one. */
export interface ResumeStore {
  load(): Promise<URL | undefined>;
  save(location: URL): Promise<void>;
  clear(): Promise<void>;
}

export const noResumeStore: ResumeStore = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
  clear: () => Promise.resolve(),
};

const noteSchema = z.object({ location: z.url() });

/**
 * A small file beside the artifact, which lives as long as it does. It saves work and nothing depends on it, so what
 * goes wrong with it goes unheard. Whoever has the location may write to the upload, so it is nobody else's to read.
 */
export function resumeFile(artifact: string, target: string, digest: string): ResumeStore {
  const name = digestOf(`${target} ${digest}`).slice("sha256:".length, "sha256:".length + 12);
  const path = `${artifact}.${name}.upload`;
  return {
    load: async () => {
      try {
        return new URL(noteSchema.parse(JSON.parse(await readFile(path, "utf8"))).location);
      } catch {
        return undefined;
      }
    },
    save: async (location) => {
      const text = JSON.stringify({ location: location.href });
      await writeFile(`${path}.new`, text, { mode: 0o600 })
        .then(() => rename(`${path}.new`, path))
        .catch(() => undefined);
    },
    clear: async () => {
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}
