import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "../../base/context";
import type { BundleHashes } from "../../plan/iso/layout";
import { describeThrown, type InputProblem } from "../../base/errors";
import type { FormatSpec } from "../../schema/formats";
import { formatPath, invalidInput } from "../../schema/parse";
import { hashLocalFile } from "../../system/files/local-hash";

interface BundleContext extends Pick<
  Context,
  "rootDirectory" | "cacheDirectory" | "signal" | "warn"
> {
  /** The result of the previous check of this resource. */
  readonly previous?: { readonly bundles?: BundleHashes | undefined } | undefined;
}

/**
 * SHA-256 of every content bundle, cached while the file is unchanged. The known hash of a file that cannot be read is
 * kept, with a warning: an ISO that exists needs no bundle. All other unreadable files are reported at once.
 */
export async function hashBundles(
  formats: readonly FormatSpec[],
  context: BundleContext,
): Promise<BundleHashes> {
  const hashes: Record<string, string> = {};
  const problems: InputProblem[] = [];
  for (const [index, format] of formats.entries()) {
    if (format.type !== "iso") continue;
    for (const [position, { path, sha256 }] of format.contentBundles.entries()) {
      const file = resolve(context.rootDirectory, path);
      const at = formatPath(["formats", index, "contentBundles", position]);
      const known = sha256 ?? knownHash(context, path);
      const problem = await whyUnreadable(file);
      if (problem !== undefined && known !== undefined) {
        context.warn(
          `The content bundle ${path} could not be checked for changes; the iso is kept. It cannot be read: ${problem}.`,
        );
        hashes[path] = known;
        continue;
      }
      if (problem !== undefined) {
        problems.push({ path: at, reason: `cannot be read: ${problem}` });
        continue;
      }
      const actual = await hashLocalFile(file, context);
      if (sha256 === undefined || sha256 === actual) hashes[path] = actual;
      else problems.push({ path: at, reason: `has the SHA-256 ${actual}, expected ${sha256}` });
    }
  }
  if (problems.length > 0) throw invalidInput(problems);
  return hashes;
}

/** The path is the user's own text: it may be the name of a member that every object inherits. */
function knownHash({ previous }: BundleContext, path: string): string | undefined {
  const bundles = previous?.bundles ?? {};
  return Object.hasOwn(bundles, path) ? bundles[path] : undefined;
}

async function whyUnreadable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.R_OK);
    return (await stat(file)).isFile() ? undefined : "it is not a regular file";
  } catch (thrown) {
    return describeThrown(thrown);
  }
}
