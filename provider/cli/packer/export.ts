import { resolve } from "node:path";
import { installsByItself } from "../../agent/stages/inspect";
import { type PackerExport, installIdentity } from "../../plan/packer/template";
import type { BuildRequest } from "../../plan/plan";
import { findRecipe } from "../../plan/recipe";
import type { InstallerKind } from "../../schema/names";
import { pathProblem } from "../../schema/check-rules";
import { invalidInput } from "../../schema/parse";
import { checkInstaller } from "../../system/iso/check";
import { inspectIso } from "../../system/iso/inspect";
import { defaultCacheDirectory } from "../../system/workspace";
import { prepare } from "../input/prepare";
import { cancellable } from "../terminal/cancellable";
import { note, printJson, printLines, warn } from "../terminal/output";
import { packerComment } from "./comment";
import { writePackerFolder } from "./folder";
import { splitFormatOptions } from "./format-options";
import { exportHost } from "./host";
import type { ExportPackerOptions } from "./options";
import { exportProblems, requireEmpty, requirePortable } from "./problems";

/**
 * The kind of the installer. A local file is inspected and checked as before a build. Behind a URL it is the kind that
 * `--kind` names, or that of Palette's installers.
 */
async function detectKind(
  { plan, userData }: BuildRequest,
  signal: AbortSignal,
): Promise<InstallerKind> {
  const { source, kind } = plan.installer;
  if (source.type === "path") {
    const report = await inspectIso(source.path, signal);
    checkInstaller(report, {
      firmware: plan.machine.firmware,
      autoInstall: installsByItself(userData),
      diskSize: plan.machine.diskSize,
    });
    return kind === "auto" ? report.kind : kind;
  }
  if (kind !== "auto") return kind;
  note(
    "The installer is behind a URL and is not inspected; it is assumed to be kairos. Use --kind to change this.",
  );
  return "kairos";
}

/** Writes a folder with a Packer template that performs the install. */
export async function exportPacker(options: ExportPackerOptions): Promise<void> {
  const { to, ...image } = options;
  const folder = resolve(to);
  const reason = pathProblem(to);
  const problems = [
    ...(reason === undefined ? [] : [{ path: "--to", reason }]),
    ...exportProblems(options),
  ];
  if (problems.length > 0) throw invalidInput(problems);
  const written = await cancellable(async (signal) => {
    await requireEmpty(folder);
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
  const kind = await detectKind(request, signal);
  const host = await exportHost(plan.machine, recipe, { warn, signal });
  const { formatOptions, secrets } = splitFormatOptions(plan.formats);
  const isSlow = host.accelerator === "tcg";
  const exported = {
    name: plan.name,
    machine: plan.machine,
    recipe,
    host,
    identity: installIdentity(plan.installKey ?? sha256),
    installer: { location: place, sha256, kind },
    formats: plan.formats.map(({ type }) => type),
    formatOptions,
    installSeconds: Math.ceil(plan.timeouts.install * 60) * (isSlow ? 3 : 1),
    comment: packerComment(plan),
  };
  return { exported, secrets };
}
