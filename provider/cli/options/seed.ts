import type { Command } from "commander";
import {
  type TargetOptions,
  addCdiOptions,
  addOciOptions,
  addS3Options,
  addTargetOption,
  addVsphereOptions,
  repeatable,
} from "./target";

/** What commander reads of `seed`. */
export interface SeedOptions extends TargetOptions {
  readonly edgeHostId?: string;
  readonly edgeHostTokenFile?: string;
  readonly paletteEndpoint?: string;
  readonly projectName?: string;
  readonly hostName?: string;
  readonly userData?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly sshKeyFile?: readonly string[];
  readonly name?: string;
  readonly json?: boolean;
}

export function addSeedOptions(command: Command): void {
  command
    .optionsGroup("What the site adds:")
    .option("--edge-host-token-file <file>", "file with the registration token")
    .option("--edge-host-id <id>", "ID that the host registers under")
    .option("--project-name <name>", "Palette project")
    .option("--palette-endpoint <host>", "Palette instance, where it is not the image's")
    .option("--host-name <name>", "name of the host")
    .option("--user-data <file>", "cloud-config that is merged over the rest")
    .option("--user <name>", "create this login user")
    .option("--password-file <file>", "file with the user's password")
    .addOption(repeatable("--ssh-key-file <file>", "file with public keys of the user"))
    .option("--name <name>", "name of the seed (default: the host's ID, else its name)");
  addTargetOption(command);
  addS3Options(command);
  addOciOptions(command);
  addVsphereOptions(command);
  addCdiOptions(command);
  command.optionsGroup("Run:").option("--json", "print the result as one JSON document");
}
