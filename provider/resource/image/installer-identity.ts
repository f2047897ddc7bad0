import { resolve } from "node:path";
import type { Context } from "../../base/context";
import type { InstallerIdentity } from "../../plan/make-plan";
import { withoutQuery } from "../../plan/make-plan";
import { sha512Validator } from "../../plan/sha512-validator";
import { StylusError, asStylusError, type ErrorCode } from "../../base/errors";
import type { InstallerSpec } from "../../schema/image";
import { removeAnswer, cachedAnswer } from "../../system/download/answer-cache";

export interface IdentityContext extends Context {
  /**
   * The identity that the previous check found. It is kept, with a warning, if the server cannot be reached or the file
   * is not on this machine: an image that exists needs no installer.
   */
  readonly previous?: InstallerIdentity | undefined;
  /** URN of the resource that is checked; absent on the command line. */
  readonly urn?: string | undefined;
}

/**
 * Identities that this process kept, by resource and location. The engine checks the inputs of a replacement a second
 * time, without the old inputs.
 */
const keptIdentities = new Map<string, InstallerIdentity>();

/** Errors that do not mean that the installer changed: a presigned URL expired, or the ISO was moved. */
const accessErrors = new Set<ErrorCode>([
  "installer.unreachable",
  "installer.denied",
  "installer.not-found",
]);

/** Determines the identity of the installer without downloading it. Modules are loaded only if the input needs them. */
export async function identifyInstaller(
  installer: InstallerSpec,
  context: IdentityContext,
): Promise<InstallerIdentity> {
  const { url, path, sha256 } = installer;
  if (url !== undefined && sha256 !== undefined) return { sha256 };
  try {
    return path === undefined
      ? await askServer(url ?? "", installer, context)
      : await identifyFile(path, installer, context);
  } catch (thrown) {
    const error = asStylusError(thrown);
    const known = sha256 === undefined ? keptIdentity(installer, context) : { sha256 };
    if (!accessErrors.has(error.code)) throw error;
    if (known === undefined) throw path === undefined ? error : withPinAdvice(error);
    context.warn(
      sha256 === undefined
        ? `The installer could not be checked for changes; the image is kept. ${error.details.what}`
        : `${error.details.what} Only its pinned SHA-256 is known; nothing can be built from it here.`,
    );
    return known;
  }
}

function withPinAdvice({ code, details }: StylusError): StylusError {
  const next = `${details.next} An image that is published needs no file here if \`installer.sha256\` pins it.`;
  return new StylusError(code, { ...details, next });
}

function keptIdentity(
  installer: InstallerSpec,
  { urn, previous }: IdentityContext,
): InstallerIdentity | undefined {
  if (urn === undefined) return previous;
  const key = `${urn} ${installerLocation(installer)}`;
  if (previous !== undefined) keptIdentities.set(key, previous);
  return keptIdentities.get(key);
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
      next: "Use the right file, or correct `installer.sha256`.",
    });
  }
  return { sha256 };
}

/** The answer is cached for ten minutes, so that preview and up, which are two processes, agree. */
async function askServer(
  url: string,
  installer: InstallerSpec,
  context: IdentityContext,
): Promise<InstallerIdentity> {
  return cachedAnswer(context.cacheDirectory, installerLocation(installer), async () => {
    const { checksumUrl } = installer;
    if (checksumUrl !== undefined) {
      const { readChecksum } =
        require("../../system/download/read-checksum") as typeof import("../../system/download/read-checksum");
      // The headers may contain credentials, so they are only sent to the origin of the installer.
      const isSameServer = new URL(checksumUrl).origin === new URL(url).origin;
      const headers = isSameServer ? (installer.headers ?? {}) : {};
      const found = await readChecksum({ url, checksumUrl, headers }, context.signal);
      return "sha256" in found ? found : { validator: sha512Validator(found.sha512) };
    }
    const { probeInstaller } =
      require("../../system/download/probe") as typeof import("../../system/download/probe");
    const { validator } = await probeInstaller({ url, headers: installer.headers }, context.signal);
    if (validator !== undefined) return { validator };
    throw new StylusError("installer.no-validator", {
      what: `The server of ${withoutQuery(url)} sends neither an ETag nor a Last-Modified date.`,
      why: "Without one of them, a change of the installer could not be detected.",
      next: "Pin the installer with `installer.sha256` or `installer.checksumUrl`.",
    });
  });
}

/** Removes the cached answer after a build downloaded another installer, so that the next run asks the server. */
export async function forgetIdentity(
  installer: InstallerSpec,
  cacheDirectory: string,
): Promise<void> {
  await removeAnswer(cacheDirectory, installerLocation(installer));
}

/** The URLs or the path of an installer, without credentials. */
export function installerLocation({ url, path, checksumUrl }: InstallerSpec): string {
  const source = url === undefined ? (path ?? "") : withoutQuery(url);
  return [source, checksumUrl === undefined ? "" : withoutQuery(checksumUrl)].join(" ");
}
