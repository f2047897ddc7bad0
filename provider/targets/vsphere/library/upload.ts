import { z } from "zod";
import { StylusError } from "../../../base/errors";
import { pause } from "../../../base/cancellation";
import type { ProgressOptions } from "../../../system/files/progress-options";
import type { LocalArtifact } from "../../local-artifact";
import { openFileStream } from "../../file-stream";
import { ServerFault } from "../client/server-fault";
import type { Rest } from "../client/rest";

/** The server ends an update session without requests after some minutes. */
const keepAliveInterval = 60_000;
/** In milliseconds; a cancelled build waits for the cleanup. */
const cleanupTimeout = 20_000;
const pollInterval = 500;

const sessions = "/content/library/item/update-session";

const messages = z.object({ default_message: z.string() });
const addedFile = z.object({ upload_endpoint: z.object({ uri: z.string() }) });
const validation = z
  .object({
    has_errors: z.boolean().nullish(),
    missing_files: z.array(z.string()).nullish(),
    invalid_files: z.array(z.object({ name: z.string(), error_message: messages })).nullish(),
  })
  .nullish();
const sessionInfo = z.object({ state: z.string(), error_message: messages.nullish() });

/** Uploads the artifact to an item in an update session: its files are not visible until the session is complete. */
export async function uploadToItem(
  rest: Rest,
  itemId: string,
  artifact: LocalArtifact & { readonly sha256: string },
  fileName: string,
  options: ProgressOptions,
): Promise<void> {
  const { signal } = options;
  const create_spec = { library_item_id: itemId };
  const id = await rest.call("POST", sessions, { create_spec }, z.string(), signal);
  const act = (action: string, within: AbortSignal): Promise<unknown> =>
    rest.call("POST", `${sessionPath(id)}?~action=${action}`, undefined, z.unknown(), within);
  const keepAlive = setInterval(() => {
    act("keep-alive", signal).catch(() => undefined);
  }, keepAliveInterval);
  try {
    await sendFile(rest, id, artifact, fileName, options);
    await validate(rest, id, signal);
    await act("complete", signal);
    await waitUntilDone(rest, id, signal);
  } catch (thrown) {
    const within = AbortSignal.timeout(cleanupTimeout);
    await act("cancel", within).catch(() => undefined);
    throw thrown;
  } finally {
    clearInterval(keepAlive);
    const within = AbortSignal.timeout(cleanupTimeout);
    await rest
      .call("DELETE", sessionPath(id), undefined, z.unknown(), within)
      .catch(() => undefined);
  }
}

async function sendFile(
  rest: Rest,
  sessionId: string,
  artifact: LocalArtifact & { readonly sha256: string },
  name: string,
  options: ProgressOptions,
): Promise<void> {
  const { sizeBytes, sha256 } = artifact;
  const file_spec = {
    name,
    source_type: "PUSH",
    size: sizeBytes,
    checksum_info: { algorithm: "SHA256", checksum: sha256 },
  };
  const added = await rest.call(
    "POST",
    `${filePath(sessionId)}?~action=add`,
    { file_spec },
    addedFile,
    options.signal,
  );
  // The upload address has the server's own name, which this machine may not resolve: use the target's address instead.
  const { pathname, search } = new URL(added.upload_endpoint.uri);
  let throwIfFailed = (): void => undefined;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(sizeBytes),
  };
  try {
    const response = await rest.request(() => {
      const upload = openFileStream(artifact, sha256, options);
      throwIfFailed = upload.throwIfFailed;
      const path = pathname + search;
      return { method: "PUT", path, headers, body: upload.body, signal: options.signal };
    }, options.signal);
    await response.text();
    if (response.status < 200 || response.status > 299) {
      const message = `the server answered ${response.status} to the upload`;
      throw new ServerFault(undefined, response.status, message);
    }
  } catch (thrown) {
    throwIfFailed();
    throw thrown;
  }
}

async function validate(rest: Rest, sessionId: string, signal: AbortSignal): Promise<void> {
  const path = `${filePath(sessionId)}?~action=validate`;
  const found = await rest.call("POST", path, undefined, validation, signal);
  if (found?.has_errors !== true) return;
  const invalid = (found.invalid_files ?? []).map(
    ({ name, error_message }) => `${name}: ${error_message.default_message}`,
  );
  const missing = (found.missing_files ?? []).map((name) => `${name} is missing`);
  throw uploadError([...invalid, ...missing].join("; "));
}

async function waitUntilDone(rest: Rest, id: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const info = await rest.call("GET", sessionPath(id), undefined, sessionInfo, signal);
    if (info.state === "DONE") return;
    if (info.state !== "ACTIVE")
      throw uploadError(info.error_message?.default_message ?? info.state);
    await pause(pollInterval, signal);
  }
}

/** The IDs of items with an active upload. */
export async function itemsBeingUploaded(
  rest: Rest,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const listed = z.array(z.string()).nullish();
  const session = z.object({ state: z.string(), library_item_id: z.string() });
  const ids = await rest.call("GET", sessions, undefined, listed, signal);
  const items = new Set<string>();
  for (const id of ids ?? []) {
    const { state, library_item_id } = await rest.call(
      "GET",
      sessionPath(id),
      undefined,
      session,
      signal,
    );
    if (state === "ACTIVE") items.add(library_item_id);
  }
  return items;
}

function sessionPath(id: string): string {
  return `${sessions}/id:${encodeURIComponent(id)}`;
}

function filePath(sessionId: string): string {
  return `/content/library/item/updatesession/file/id:${encodeURIComponent(sessionId)}`;
}

function uploadError(reason: string): StylusError {
  return new StylusError("publish.failed", {
    what: `The content library rejected the upload: ${reason}.`,
    next: "Look at the library's tasks in vCenter, and run again; no incomplete item is left.",
  });
}
