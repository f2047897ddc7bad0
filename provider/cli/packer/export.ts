import { resolve } from "node:path";
import { installsByItself } from "../../agent/stages/inspect";
import { formatSize } from "../../base/size";
import { imageId } from "../../plan/keys";
import { type PackerExport, buildName, installIdentity } from "../../plan/packer/template";
import type { BuildRequest, Plan } from "../../plan/plan";
import { findRecipe } from "../../plan/recipe";
import type { InstallerKind } from "../../schema/names";
import { invalidInput } from "../../schema/parse";
import { checkInstaller } from "../../system/iso/check";
import { inspectIso } from "../../system/iso/inspect";
import { defaultCacheDirectory } from "../../system/workspace";
import { prepare } from "../input/prepare";
import { note, printJson, printLines, warn } from "../terminal/output";
import { cancellable } from "../terminal/run-watched";
import { writePackerFolder } from "./folder";
import { splitFormatOptions } from "./formats";
import { exportHost } from "./host";
import type { ExportPackerOptions } from "./options";
import { exportProblems, requirePortable, requireVacant } from "./problems";

/**
 * What the installer is. One that lies here is looked into as before a build: an install that cannot end well is refused
 * now. One behind a URL is what `--kind` says, or what Palette's installers are.
 */
async function inspectInstaller(
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
  note("The installer is not looked into, and taken as kairos; --kind says otherwise.");
  return "kairos";
}

/** What stands above a template, for who reads it. */
function packerComment(plan: Plan): string[] {
  const { name, installKey, machine, formats } = plan;
  const names = formats.map(({ type }) => `${buildName(type)}.qemu.stylus`);
  const secureBoot = machine.secureBoot ? " with Secure Boot" : "";
  return [
    `The install of ${installKey === undefined ? name : imageId(name, installKey)}, written by \`stylus-image export packer\`:`,
    `${machine.firmware}${secureBoot}, a disk of ${formatSize(machine.diskSize)}, recipe ${plan.recipe}.`,
    "",
    "Run it where the output may lie, and let nobody else read that, for the disk holds what the",
    "user-data holds:",
    "",
    "  (umask 077; packer build FOLDER)",
    "",
    ...(formats.length > 1
      ? [
          "One install makes all formats. For one of them, with an install of its own:",
          "",
          `  packer build -only=${names[0] ?? ""} FOLDER/by-format`,
          "",
        ]
      : [`For \`-only\` its name is ${names[0] ?? ""}.`, ""]),
    "seed.iso is the user-data and holds its secrets; nothing else here does but the files that",
    "--format-option reads. Keep them from everybody, and from version control (.gitignore does).",
    "",
    "Packer waits until QEMU ends, and takes that for success, whether the guest powered off, was",
    "reset or panicked: `stylus-image convert --installed` looks whether the disk is a finished",
    "install. serial.log is the console, also of an install that failed.",
  ];
}

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
