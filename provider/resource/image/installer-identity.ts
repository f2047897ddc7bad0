import { basename, resolve } from "node:path";
import type { Context } from "../../base/context";
import type { InstallerIdentity } from "../../plan/make-plan";
import { withoutQuery } from "../../plan/make-plan";
import { StylusError, asStylusError, type ErrorCode } from "../../base/errors";
import type { InstallerSpec } from "../../schema/image";
import { removeAnswer, cachedAnswer } from "../../system/download/answer-cache";

export interface IdentityContext extends Context {
  /** The identity that the previous check found. It is kept, with a warning, if the server cannot be reached. */
  readonly previous?: InstallerIdentity | undefined;
}

/** Answers that say nothing of the installer: a presigned address also expires, and an ISO is moved away. */
const refusals = new Set<ErrorCode>([
  "installer.unreachable",
  "installer.denied",
  "installer.not-found",
]);

/** What can be known of the installer without downloading it; modules are loaded only as the input calls for them. */
export async function identifyInstaller(
  installer: InstallerSpec,
  context: IdentityContext,
): Promise<InstallerIdentity> {
  if (installer.path !== undefined) return identifyFile(installer.path, installer, context);
  if (installer.sha256 !== undefined) return { sha256: installer.sha256 };
  const url = installer.url ?? "";
  try {
    return await askServer(url, installer, context);
  } catch (thrown) {
    const fault = asStylusError(thrown);
    if (!refusals.has(fault.code) || context.previous === undefined) throw fault;
    context.warn(
      `The installer could not be asked for changes; the image is kept as it is. ${fault.details.what}`,
    );
    return context.previous;
  }
}

async function identifyFile(
  path: string,
  installer: InstallerSpec,
  context: IdentityContext,
): Promise<InstallerIdentity> {
  const { hashLocalFile } =
    require("../../system/files/local-hash") as typeof import("../../system/files/local-hash");
  const sha256 = await hashLocalFile(resolve(context.rootDirectory, path), context);
  if (installer.sha256 !== undefined && installer.sha256 !== sha256) {
    throw new StylusError("installer.checksum-mismatch", {
      what: `The SHA-256 of ${path} is ${sha256}, expected ${installer.sha256}.`,
      next: "Take the right file, or correct `installer.sha256`.",
    });
  }
  return { sha256 };
}

/** Preview and up are two processes: an answer is remembered for ten minutes, so that they agree. */
async function askServer(
  url: string,
  installer: InstallerSpec,
  context: IdentityContext,
): Promise<InstallerIdentity> {
  return cachedAnswer(context.cacheDirectory, installerLocation(installer), async () => {
    const { probeInstaller, readChecksumUrl } =
      require("../../system/download/probe") as typeof import("../../system/download/probe");
    if (installer.checksumUrl !== undefined) {
      const name = basename(new URL(url).pathname);
      const { checksumUrl } = installer;
      // Headers are meant for the installer's server: another one must not see them.
      const isSameServer = new URL(checksumUrl).origin === new URL(url).origin;
      const headers = isSameServer ? (installer.headers ?? {}) : {};
      return { sha256: await readChecksumUrl(checksumUrl, name, headers, context.signal) };
    }
    const { validator } = await probeInstaller({ url, headers: installer.headers }, context.signal);
    if (validator !== undefined) return { validator };
    throw new StylusError("installer.no-validator", {
      what: `The server of ${withoutQuery(url)} names neither an ETag nor a date.`,
      why: "Without one of them a change of the installer could not be noticed.",
      next: "Pin the installer with `installer.sha256` or `installer.checksumUrl`.",
    });
  });
}

/** After a build found another installer than the remembered answer names: the next run is to ask again. */
export async function forgetIdentity(
  installer: InstallerSpec,
  cacheDirectory: string,
): Promise<void> {
  await removeAnswer(cacheDirectory, installerLocation(installer));
}

/** What is asked about an installer, without credentials. */
export function installerLocation({ url, path, checksumUrl }: InstallerSpec): string {
  const source = url === undefined ? (path ?? "") : withoutQuery(url);
  return [source, checksumUrl === undefined ? "" : withoutQuery(checksumUrl)].join(" ");
}
