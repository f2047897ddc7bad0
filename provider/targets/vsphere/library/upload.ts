import { z } from "zod";
import { StylusError } from "../../../base/errors";
import { pause } from "../../../base/cancellation";
import type { ProgressOptions } from "../../../system/files/progress-options";
import type { LocalArtifact } from "../../local-artifact";
import { openUpload } from "../../local-file";
import { ServerFault } from "../client/server-fault";
import type { Rest } from "../client/rest";

/** A server gives a session up that says nothing for some minutes. */
const keepAliveEvery = 60_000;
/** In milliseconds; a build that was cancelled waits for it. */
const longestCleaning = 20_000;
const lookEvery = 500;

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

/** Puts the artifact into an item, in an update session: nothing is seen of it until that is complete. */
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
  const alive = setInterval(() => {
    act("keep-alive", signal).catch(() => undefined);
  }, keepAliveEvery);
  try {
    await sendFile(rest, id, artifact, fileName, options);
    await validate(rest, id, signal);
    await act("complete", signal);
    await waitUntilDone(rest, id, signal);
  } catch (thrown) {
    const within = AbortSignal.timeout(longestCleaning);
    await act("cancel", within).catch(() => undefined);
    throw thrown;
  } finally {
    clearInterval(alive);
    const within = AbortSignal.timeout(longestCleaning);
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
  // The address names the server as it calls itself, which this machine may not know. It is the one that we talk to.
  const { pathname, search } = new URL(added.upload_endpoint.uri);
  let throwFault = (): void => undefined;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(sizeBytes),
  };
  try {
    const answer = await rest.request(() => {
      const upload = openUpload(artifact, sha256, options);
      throwFault = upload.throwFault;
      const path = pathname + search;
      return { method: "PUT", path, headers, body: upload.body, signal: options.signal };
    }, options.signal);
    await answer.text();
    if (answer.status < 200 || answer.status > 299) {
      const said = `the server answered ${answer.status} to the upload`;
      throw new ServerFault(undefined, answer.status, said);
    }
  } catch (thrown) {
    throwFault();
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
  throw rejected([...invalid, ...missing].join("; "));
}

async function waitUntilDone(rest: Rest, id: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const info = await rest.call("GET", sessionPath(id), undefined, sessionInfo, signal);
    if (info.state === "DONE") return;
    if (info.state !== "ACTIVE") throw rejected(info.error_message?.default_message ?? info.state);
    await pause(lookEvery, signal);
  }
}

/** The items that somebody uploads to at this moment. */
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

function rejected(reason: string): StylusError {
  return new StylusError("publish.failed", {
    what: `The content library did not take the upload: ${reason}.`,
    next: "Look at the library's tasks in vCenter, and run again; nothing half-published was left.",
  });
}
