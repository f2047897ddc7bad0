import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "../../base/context";
import type { BundleHashes } from "../../plan/iso/layout";
import { describeThrown, type InputProblem } from "../../base/errors";
import type { FormatSpec } from "../../schema/formats";
import { formatPath, invalidInput } from "../../schema/parse";
import { hashLocalFile } from "../../system/files/local-hash";

/** SHA-256 of every content bundle, cached while the file is unchanged. All unreadable files are reported at once. */
export async function hashBundles(
  formats: readonly FormatSpec[],
  context: Pick<Context, "rootDirectory" | "cacheDirectory" | "signal">,
): Promise<BundleHashes> {
  const hashes: Record<string, string> = {};
  const problems: InputProblem[] = [];
  for (const [index, format] of formats.entries()) {
    if (format.type !== "iso") continue;
    for (const [position, { path, sha256 }] of format.contentBundles.entries()) {
      const file = resolve(context.rootDirectory, path);
      const at = formatPath(["formats", index, "contentBundles", position]);
      const problem = await access(file, constants.R_OK).then(() => undefined, describeThrown);
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
