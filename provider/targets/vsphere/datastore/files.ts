import type { ProgressOptions } from "../../../system/files/progress-options";
import type { LocalArtifact } from "../../local-artifact";
import { openFileStream } from "../../file-stream";
import { folderPath } from "../address";
import { ServerFault } from "../client/server-fault";
import type { VsphereResponse, VsphereRequest } from "../client/http";
import type { DatastorePlacement } from "../client/inventory";
import type { Soap } from "../client/soap";

/** A datastore in a session. Paths are relative to its root. */
export interface Storage {
  readonly soap: Soap;
  readonly placement: DatastorePlacement;
  readonly signal: AbortSignal;
}

/** Descriptors and sidecars are smaller than this. */
export const maxTextBytes = 64 * 1024;

/** Size of a file in bytes; undefined if it does not exist. */
export async function sizeOf(storage: Storage, path: string): Promise<number | undefined> {
  const response = await request(storage, path, { method: "HEAD" });
  await response.text();
  if (response.status === 404) return undefined;
  const length = response.header("content-length");
  if (response.status !== 200 || length === undefined) throw statusError(response.status, "HEAD");
  return Number(length);
}

/** The text of a small file; undefined if the file does not exist or is large. */
export async function readText(storage: Storage, path: string): Promise<string | undefined> {
  const size = await sizeOf(storage, path);
  if (size === undefined || size > maxTextBytes) return undefined;
  const response = await request(storage, path, { method: "GET" });
  const text = await response.text();
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw statusError(response.status, "GET");
  return text;
}

export async function openFile(storage: Storage, path: string): Promise<VsphereResponse> {
  const response = await request(storage, path, { method: "GET" });
  if (response.status === 200) return response;
  await response.text();
  throw statusError(response.status, "GET");
}

export async function writeText(storage: Storage, path: string, text: string): Promise<void> {
  const response = await request(storage, path, { method: "PUT", body: text });
  await expectSuccess(response);
}

/** Uploads an artifact. Hosts accept no body without Content-Length. */
export async function uploadFile(
  storage: Storage,
  path: string,
  artifact: LocalArtifact,
  sha256: string,
  options: ProgressOptions,
): Promise<void> {
  let throwIfFailed = (): void => undefined;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(artifact.sizeBytes),
  };
  try {
    const response = await storage.soap.request(() => {
      const upload = openFileStream(artifact, sha256, options);
      throwIfFailed = upload.throwIfFailed;
      return { ...requestFor(storage, path, "PUT"), headers, body: upload.body };
    }, storage.signal);
    await expectSuccess(response);
  } catch (thrown) {
    throwIfFailed();
    throw thrown;
  }
  const size = await sizeOf(storage, path);
  if (size === artifact.sizeBytes) return;
  throw new ServerFault(
    undefined,
    undefined,
    `the server accepted the upload, but has ${size ?? 0} of ${artifact.sizeBytes} bytes`,
  );
}

function requestFor(
  { placement, signal }: Storage,
  path: string,
  method: VsphereRequest["method"],
): VsphereRequest {
  return { method, path: folderPath(placement.datacenterPath, placement.datastore, path), signal };
}

function request(
  storage: Storage,
  path: string,
  { method, body }: Pick<VsphereRequest, "method" | "body">,
): Promise<VsphereResponse> {
  const made = { ...requestFor(storage, path, method), body };
  return storage.soap.request(() => made, storage.signal);
}

async function expectSuccess(response: VsphereResponse): Promise<void> {
  await response.text();
  if (response.status < 200 || response.status > 299) throw statusError(response.status, "PUT");
}

function statusError(status: number, method: string): ServerFault {
  return new ServerFault(undefined, status, `the server answered ${status} to ${method}`);
}
