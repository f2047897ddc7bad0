import type { ProgressOptions } from "../../../system/files/progress-options";
import type { LocalArtifact } from "../../local-artifact";
import { openUpload } from "../../local-file";
import { folderPath } from "../address";
import { ServerFault } from "../client/server-fault";
import type { VsphereAnswer, VsphereRequest } from "../client/http";
import type { DatastorePlace } from "../client/inventory";
import type { Soap } from "../client/soap";

/** A datastore within a session. Paths are relative to its root. */
export interface Storage {
  readonly soap: Soap;
  readonly place: DatastorePlace;
  readonly signal: AbortSignal;
}

/** Descriptors and notes are small; what is larger is neither. */
export const largestText = 64 * 1024;

/** Size of a file in bytes, or undefined where there is none. */
export async function sizeOf(storage: Storage, path: string): Promise<number | undefined> {
  const answer = await request(storage, path, { method: "HEAD" });
  await answer.text();
  if (answer.status === 404) return undefined;
  const length = answer.header("content-length");
  if (answer.status !== 200 || length === undefined) throw statusFault(answer.status, "HEAD");
  return Number(length);
}

/** A small file's text, or undefined where there is none, or a large one. */
export async function readText(storage: Storage, path: string): Promise<string | undefined> {
  const size = await sizeOf(storage, path);
  if (size === undefined || size > largestText) return undefined;
  const answer = await request(storage, path, { method: "GET" });
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw statusFault(answer.status, "GET");
  return text;
}

export async function openFile(storage: Storage, path: string): Promise<VsphereAnswer> {
  const answer = await request(storage, path, { method: "GET" });
  if (answer.status === 200) return answer;
  await answer.text();
  throw statusFault(answer.status, "GET");
}

export async function writeText(storage: Storage, path: string, text: string): Promise<void> {
  const answer = await request(storage, path, { method: "PUT", body: text });
  await expectSuccess(answer);
}

/** Sends an artifact. A host takes no body without a length. */
export async function uploadFile(
  storage: Storage,
  path: string,
  artifact: LocalArtifact,
  sha256: string,
  options: ProgressOptions,
): Promise<void> {
  let throwFault = (): void => undefined;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(artifact.sizeBytes),
  };
  try {
    const answer = await storage.soap.request(() => {
      const upload = openUpload(artifact, sha256, options);
      throwFault = upload.throwFault;
      return { ...addressed(storage, path, "PUT"), headers, body: upload.body };
    }, storage.signal);
    await expectSuccess(answer);
  } catch (thrown) {
    throwFault();
    throw thrown;
  }
  const size = await sizeOf(storage, path);
  if (size === artifact.sizeBytes) return;
  throw new ServerFault(
    undefined,
    undefined,
    `${size ?? 0} of ${artifact.sizeBytes} bytes arrived, although the server accepted them`,
  );
}

function addressed(
  { place, signal }: Storage,
  path: string,
  method: VsphereRequest["method"],
): VsphereRequest {
  return { method, path: folderPath(place.datacenterPath, place.datastore, path), signal };
}

function request(
  storage: Storage,
  path: string,
  { method, body }: Pick<VsphereRequest, "method" | "body">,
): Promise<VsphereAnswer> {
  const made = { ...addressed(storage, path, method), body };
  return storage.soap.request(() => made, storage.signal);
}

async function expectSuccess(answer: VsphereAnswer): Promise<void> {
  await answer.text();
  if (answer.status < 200 || answer.status > 299) throw statusFault(answer.status, "PUT");
}

function statusFault(status: number, method: string): ServerFault {
  return new ServerFault(undefined, status, `the server answered ${status} to ${method}`);
}
