import { Command } from "commander";
import { packageVersion } from "../system/host/package-version";
import { cacheCommand } from "./cache/cache-command";
import type { CommandDeclaration } from "./command";
import { buildCommand } from "./commands/build-command";
import { convertCommand } from "./commands/convert-command";
import { forgetCommand } from "./commands/forget-command";
import { ownersCommand } from "./commands/owners-command";
import { planCommand } from "./commands/plan-command";
import { presignCommand } from "./commands/presign-command";
import { removeCommand } from "./commands/remove-command";
import { seedCommand } from "./commands/seed-command";
import { doctorCommand } from "./doctor/doctor-command";
import { inspectCommand } from "./inspect/inspect-command";
import { exportCommand } from "./packer/export-command";
import { publishCommand } from "./publish/publish-command";

/** In the order of the help. */
const commands: readonly CommandDeclaration[] = [
  buildCommand,
  planCommand,
  seedCommand,
  convertCommand,
  publishCommand,
  inspectCommand,
  exportCommand,
  doctorCommand,
  cacheCommand,
  presignCommand,
  removeCommand,
  ownersCommand,
  forgetCommand,
];

const exitCodes = `
Exit codes:
  0    success
  1    failure; standard error says why, with the error's code in brackets
  2    wrong usage or invalid input
  130  cancelled (Ctrl-C, SIGTERM)`;

const overview = `
Examples:
  $ stylus-image build --installer palette-edge-installer.iso \\
      --palette-endpoint api.spectrocloud.com --edge-host-token-file token.txt --to ./images
  $ stylus-image doctor
${exitCodes}

Downloads, base disks and unfinished builds are kept in $XDG_CACHE_HOME/stylus-image,
by default ~/.cache/stylus-image.`;

/** The program with all its commands. A command loads its action when it runs. */
export function createProgram(): Command {
  const program = new Command("stylus-image")
    .description("Turns an edge installer ISO into verified, published virtual machine images.")
    .version(packageVersion(), "-V, --version", "print the version")
    .exitOverride()
    .showHelpAfterError("Run with --help for all options.")
    .configureHelp({ helpWidth: 100, showGlobalOptions: false })
    .addHelpText("after", overview);
  for (const declaration of commands) addCommand(program, declaration);
  return program;
}

function addCommand(parent: Command, declaration: CommandDeclaration): void {
  const command = parent.command(declaration.name).description(declaration.summary);
  if ("commands" in declaration) {
    for (const inner of declaration.commands) addCommand(command, inner);
    return;
  }
  for (const argument of declaration.arguments ?? []) command.addArgument(argument);
  for (const option of declaration.options ?? []) command.addOption(option);
  const { notes } = declaration;
  command
    .addHelpText("after", notes === undefined ? exitCodes : `${notes}\n${exitCodes}`)
    .action(() => declaration.run(command));
}
