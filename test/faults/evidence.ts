import assert from "node:assert/strict";
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode, StylusError } from "../../provider/base/errors";
import { filesBelow, type Place } from "./place";
import { everythingEnded } from "./processes";
import type { Outcome } from "./start-build";

/** Checks that a build failed with that code, and that the error names a next step. */
export function assertFailed(outcome: Outcome, code: ErrorCode): StylusError {
  const { error, state } = outcome;
  assert.ok(error !== undefined, "it succeeded");
  assert.equal(error.code, code, error.message);
  assert.deepEqual(state?.artifacts ?? [], []);
  assert.match(error.message, new RegExp(`\\[${code.replace(".", "\\.")}\\]`));
  for (const sentence of [error.details.what, error.details.why, error.details.next]) {
    if (sentence !== undefined) assert.match(sentence, /^\S.{15,}/s);
  }
  return error;
}

export function assertSucceeded({ state, error }: Outcome): NonNullable<Outcome["state"]> {
  assert.equal(error, undefined, error?.message);
  assert.ok(state !== undefined);
  assert.deepEqual([state.pending, state.missing], [[], []]);
  return state;
}

/** Checks that neither the target nor the cache has an image or a record of one. */
export async function assertNothingPublished(place: Place): Promise<void> {
  const images = (await filesBelow(place.images)).filter((file) => /\.(raw|qcow2)$/.test(file));
  assert.deepEqual(images, []);
  assert.deepEqual(await filesBelow(join(place.cache, "disks")), []);
  const records = [...(await filesBelow(place.images)), ...(await filesBelow(place.cache))];
  const claims = /\/\.stylus-image\/.*(head\.json$|\/publications\/|\/requests\/)/;
  assert.deepEqual(
    records.filter((file) => claims.test(file)),
    [],
  );
}

/** Checks that no process and no temporary file is left. */
export async function assertNothingLeft(place: Place): Promise<void> {
  await everythingEnded(place);
  assert.deepEqual(await readdir(place.temporary), []);
}

export interface Evidence {
  readonly serialLogs: readonly string[];
  readonly pictures: readonly string[];
  readonly reports: readonly string[];
}

/** The serial logs, screenshots and reports that the error names; checks that they exist. */
export async function evidenceOf(error: StylusError): Promise<Evidence> {
  const files = error.details.files ?? [];
  for (const file of files) assert.ok((await stat(file)).isFile());
  const serialLogs = files.filter((file) => file.endsWith(".log"));
  const reports = files.filter((file) => file.endsWith("/report.html"));
  const pictures = files.filter((file) => ![...serialLogs, ...reports].includes(file));
  for (const picture of pictures) {
    assert.equal((await readFile(picture)).subarray(1, 4).toString("latin1"), "PNG");
  }
  return { serialLogs, pictures, reports };
}
