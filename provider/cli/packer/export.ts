import { resolve } from "node:path";
import { inspectInstaller } from "./_export-installer";
import { exportProblems, requirePortable, requireVacant } from "./problems";
import { writePackerFolder } from "./folder";
import { exportHost } from "./host";
import { packerComment } from "./_export-comment";
import { splitFormatOptions } from "./formats";
import { installIdentity } from "../../plan/packer/_packer-identity";
import type { PackerExport } from "../../plan/packer/template";
import type { BuildRequest } from "../../plan/plan";
import { findRecipe } from "../../plan/recipe";
import { invalidInput } from "../../schema/parse";
import { defaultCacheDirectory } from "../../system/workspace";
import { cancellable } from "../terminal/run-watched";
import type { ExportPackerOptions } from "./options";
import { note, printJson, printLines, warn } from "../terminal/output";
import { prepare } from "../input/prepare";

/** Writes a folder from which Packer performs the plan's install. */
export async function exportPacker(options: ExportPackerOptions): Promise<void> {
  const { to, ...image } = options;
  const folder = resolve(to);
  const problems = exportProblems(options);
  if (problems.length > 0) throw invalidInput(problems);
  const written = await cancellable(async (signal) => {
    await requireVacant(folder);
    const context = { cacheDirectory: defaultCacheDirectory(), warn, signal };
    const request = await prepare({ ...image, verifyBoot: true }, context);
    const { exported, secrets } = await describeInstall(request, signal);
    return writePackerFolder(folder, exported, { userData: request.userData, secrets }, signal);
  }, note);
  if (options.json === true) printJson(written);
  else
    printLines([
      ...written.files.map((file) => `${written.folder}/${file}`),
      "",
      `Run: (umask 077; packer build ${written.folder})`,
    ]);
}

async function describeInstall(
  request: BuildRequest,
  signal: AbortSignal,
): Promise<{ exported: PackerExport; secrets: ReadonlyMap<string, string> }> {
  const { plan } = request;
  const { place, sha256 } = requirePortable(request);
  const recipe = findRecipe(plan.recipe);
  if (recipe === undefined) throw new Error(`no recipe ${plan.recipe}`);
  const kind = await inspectInstaller(request, signal);
  const host = await exportHost(plan.machine, recipe, { warn, signal });
  const { formatOptions, secrets } = splitFormatOptions(plan.formats);
  const isSlow = host.accelerator === "tcg";
  const exported = {
    name: plan.name,
    machine: plan.machine,
    recipe,
    host,
    identity: installIdentity(plan.installKey ?? sha256),
    installer: { place, sha256, kind },
    formats: plan.formats.map(({ type }) => type),
    formatOptions,
    installSeconds: Math.ceil(plan.timeouts.install * 60) * (isSlow ? 3 : 1),
    comment: packerComment(plan),
  };
  return { exported, secrets };
}
