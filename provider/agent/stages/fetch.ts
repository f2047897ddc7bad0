import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { StylusError } from "../../base/errors";
import { sha512In } from "../../plan/sha512-validator";
import { downloadInstaller } from "../../system/download/download";
import { hashLocalFile, hashUsedFile } from "../../system/files/local-hash";
import { withLock } from "../../system/lock/lock";
import { noSourceError } from "../adoption";
import { memoPerObject } from "../../base/memo";
import { log, warn, type Build, type Installer } from "../context";
import { stage } from "./stage";

const installers = memoPerObject<Promise<Installer>>();

/**
 * The installer as a local file with its SHA-256; `expected` is the SHA-256 in a record. Fetched once in a build, for
 * the base disk and the ISO.
 */
export async function fetchInstaller(
  build: Build,
  expected: string | undefined,
): Promise<Installer> {
  return installers.get(build.request, () =>
    stage(build, "fetch", build.plan.timeouts.fetch, (limited) => {
      const { source } = build.plan.installer;
      switch (source.type) {
        case "path":
          return readFile(limited, source.path, expected ?? build.plan.installer.sha256);
        case "url":
          return download(limited, source.url, expected ?? build.plan.installer.sha256);
        case "none":
          return Promise.reject(noSourceError(limited));
        case "user-data":
          return Promise.reject(new Error("a site seed has no installer"));
      }
    }),
  );
}

async function readFile(
  build: Build,
  path: string,
  expected: string | undefined,
): Promise<Installer> {
  const sha256 = await hashUsedFile(path, {
    cacheDirectory: build.workspace.root,
    signal: build.signal,
    onProgress: (done, total) => reportBytes(build, done, total),
  }).catch((thrown: unknown) => {
    throw neededError(thrown);
  });
  if (expected !== undefined && expected !== sha256) throw changedError(path, sha256, expected);
  return { path, sha256 };
}

/** A check of the inputs accepts a missing installer whose hash is known. Here it is needed. */
function neededError(thrown: unknown): unknown {
  if (!(thrown instanceof StylusError) || thrown.code === "installer.changed") return thrown;
  return new StylusError(thrown.code, {
    ...thrown.details,
    why: "It is needed, because something has to be built from it that is neither published nor in this machine's cache.",
    cause: thrown,
  });
}

/** Checks that the installer has not changed since it was fetched, which may be a whole install ago. */
export async function confirmInstaller(build: Build, { path, sha256 }: Installer): Promise<void> {
  // A downloaded installer is in the cache under its hash, and does not change.
  if (build.plan.installer.source.type !== "path") return;
  const { root: cacheDirectory } = build.workspace;
  const now = await hashLocalFile(path, { cacheDirectory, signal: build.signal });
  if (now !== sha256) throw changedError(path, now, sha256);
}

function changedError(path: string, sha256: string, expected: string): StylusError {
  return new StylusError("installer.changed", {
    what: `The installer ${path} has the SHA-256 ${sha256}; it had ${expected} when the image was planned.`,
    why: "The file was replaced since then.",
    next: "Run this again to build from the new installer.",
  });
}

async function download(
  build: Build,
  identity: string,
  expected: string | undefined,
): Promise<Installer> {
  const { installerUrl: url = identity, installerHeaders: headers } = build.request;
  const { installers: directory } = build.workspace;
  const lock = build.workspace.lock(`fetch-${createHash("sha256").update(identity).digest("hex")}`);
  const onWait = () => log(build, "Another build is downloading the same installer; waiting.");
  return withLock(lock, { signal: build.signal, onWait }, async () => {
    if (expected !== undefined) await discardDamaged(build, expected);
    const file = await downloadInstaller(
      { url, headers, ...(expected !== undefined && { sha256: expected }) },
      {
        directory,
        signal: build.signal,
        onProgress: (done, total) => reportBytes(build, done, total),
      },
    );
    const sha512 = sha512In(build.plan.installer.validator ?? "");
    if (sha512 === undefined) requireSameValidator(build, file.validator);
    else await requireSha512(build, file.path, sha512);
    await stat(file.path);
    return { path: file.path, sha256: file.sha256, validator: file.validator };
  });
}

/** Removes a downloaded installer from the cache, with a warning, if its content is not the one of its name any more. */
async function discardDamaged(build: Build, sha256: string): Promise<void> {
  const { installers, root: cacheDirectory } = build.workspace;
  const path = join(installers, `${sha256}.iso`);
  if ((await lstat(path).catch(() => undefined)) === undefined) return;
  const found = await hashLocalFile(path, { cacheDirectory, signal: build.signal }).catch(
    (thrown: unknown) => {
      if (!(thrown instanceof StylusError) || build.signal.aborted) throw thrown;
      return thrown.details.what;
    },
  );
  if (found === sha256) return;
  warn(build, `The installer ${path} in the cache is damaged; it is downloaded again.`);
  await rm(path, { recursive: true, force: true });
}

/** The install key was made from the validator at the check: a different one now means a different installer. */
function requireSameValidator(build: Build, validator: string | undefined): void {
  const planned = build.plan.installer.validator;
  if (planned === undefined || validator === undefined || validator === planned) return;
  throw new StylusError("installer.changed", {
    what: `The installer behind the URL changed since it was checked (${planned} then, ${validator} now).`,
    next: "Run this again to build from the new installer.",
  });
}

/** A checksum file pins the installer with this hash, and the download knows its SHA-256 only. */
async function requireSha512(build: Build, path: string, expected: string): Promise<void> {
  const digest = createHash("sha512");
  await pipeline(createReadStream(path), digest, { signal: build.signal });
  const found = digest.digest("hex");
  if (found === expected) return;
  await rm(path, { force: true });
  throw new StylusError("installer.checksum-mismatch", {
    what: `The SHA-512 of the downloaded installer is ${found}, and the checksum file says ${expected}.`,
    why: "The file at this address is another one, or it was changed during the transfer.",
    next: "The download was deleted; correct the URL, or the checksum file if the new file is the right one.",
  });
}

function reportBytes(build: Build, done: number, total: number | undefined): void {
  build.report({
    type: "progress",
    stage: "fetch",
    done,
    unit: "bytes",
    ...(total !== undefined && { total }),
  });
}
