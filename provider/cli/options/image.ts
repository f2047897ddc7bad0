import { type Command, Option } from "commander";
import { firmwares, formatNames, installerKinds } from "../../schema/names";
import {
  type TargetOptions,
  addCdiOptions,
  addOciOptions,
  addS3Options,
  addTargetOption,
  addVsphereOptions,
  repeatable,
} from "./target";

/** What commander reads of `build` and `plan`; nothing is checked yet but choices. */
export interface ImageOptions extends TargetOptions {
  /** Else what ISO_URL names in the environment. */
  readonly installer?: string;
  readonly sha256?: string;
  readonly checksumUrl?: string;
  readonly header?: readonly string[];
  readonly kind?: string;
  readonly userData?: string;
  readonly paletteEndpoint?: string;
  readonly edgeHostTokenFile?: string;
  readonly registrationUrl?: string;
  readonly registerOnSite?: boolean;
  readonly projectName?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly sshKeyFile?: readonly string[];
  readonly singleHost?: boolean;
  readonly firmware?: string;
  readonly secureBoot?: boolean;
  readonly diskSize?: string;
  readonly memory?: string;
  readonly cpus?: string;
  readonly network?: string;
  readonly accelerator?: string;
  readonly format?: readonly string[];
  readonly formatOption?: readonly string[];
  readonly qcow2Compression?: string;
  readonly name?: string;
  readonly verifyBoot: boolean;
  readonly expect?: string;
  readonly verifyArtifacts?: string;
  readonly timeout?: readonly string[];
  readonly trigger?: readonly string[];
  readonly copy?: readonly string[];
  readonly json?: boolean;
}

export interface RemoveOptions extends TargetOptions {
  readonly name?: string;
  readonly json?: boolean;
}

export interface DoctorOptions extends TargetOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export interface PresignOptions extends TargetOptions {
  readonly format: string;
  /** Milliseconds. */
  readonly expires: number;
}

export function addImageOptions(command: Command): void {
  addInstallOptions(command);
  addFormatOptions(command);
  addTargetOption(command);
  command.addOption(
    repeatable(
      "--copy <format=file>",
      "leave a copy of what a folder got under this name, replaced when it changes; * is the installer's name: 'raw=images/*.img'",
    ),
  );
  addS3Options(command);
  addOciOptions(command);
  addVsphereOptions(command);
  addCdiOptions(command);
  command
    .addOption(
      repeatable(
        "--vsphere-deploy <name=value>",
        "deploy the library's OVA to a template: datacenter, folder, cluster, host, resourcePool, datastore, network, ...",
      ),
    )
    .optionsGroup("Run:")
    .option("--no-verify-boot", "do not boot the image once in a throwaway overlay")
    .addOption(
      withDefault(
        "--verify-artifacts <how>",
        "boot boots each artifact once, with the hardware that it is for",
        "structure",
      ).choices(["structure", "boot"]),
    )
    .option("--expect <regex>", "what the console must show in that boot")
    .addOption(timeoutOption())
    .option("--json", "print the result as one JSON document");
}

/** What is installed, and in which machine. */
export function addInstallOptions(command: Command): void {
  addInstallerOptions(command);
  addConfigurationOptions(command);
  addMachineOptions(command);
}

/** What is made of it. */
export function addFormatOptions(command: Command): void {
  command
    .optionsGroup("Image:")
    .addOption(
      repeatable("--format <names>", `formats to make: ${formatNames.join(",")} (default: qcow2)`),
    )
    .addOption(
      repeatable(
        "--format-option <name.option=value>",
        "option of a format: ova.cpus=4; a value @file is read from that file, for secrets",
      ),
    )
    .addOption(
      withDefault(
        "--qcow2-compression <method>",
        "zstd is faster and needs QEMU 5.1 to be read",
        "zlib",
      ).choices(["zlib", "zstd", "none"]),
    )
    .addOption(withDefault("--name <name>", "name of the image", "the installer's file name"))
    .addOption(repeatable("--trigger <text>", "build anew when this text changes"));
}

function addInstallerOptions(command: Command): void {
  command
    .optionsGroup("Installer:")
    .option(
      "--installer <path|url>",
      "the installer ISO: a file, or an http(s) URL (default: ISO_URL of the environment)",
    )
    .option("--sha256 <hash>", "SHA-256 that the installer must have")
    .option("--checksum-url <url>", "file with the installer's SHA-256, as sha256sum writes it")
    .addOption(
      repeatable(
        "--header <'name: value'|@file>",
        "header of the download; @file reads such lines from a file, for tokens",
      ),
    )
    .addOption(
      withDefault("--kind <kind>", "what the installer is; auto looks into it", "auto").choices([
        "auto",
        ...installerKinds,
      ]),
    );
}

function addConfigurationOptions(command: Command): void {
  command
    .optionsGroup("Configuration of the machine:")
    .option("--palette-endpoint <host>", "Palette instance that the machine registers with")
    .option("--edge-host-token-file <file>", "file with the registration token")
    .option("--registration-url <url>", "registration page for the QR code, instead of a token")
    .option("--register-on-site", "neither: each host gets its token with site user-data")
    .option("--project-name <name>", "Palette project")
    .option("--user-data <file>", "cloud-config that is merged over the generated one")
    .option("--user <name>", "create this login user; without one nobody can log in")
    .option("--password-file <file>", "file with the user's password")
    .addOption(repeatable("--ssh-key-file <file>", "file with public keys of the user"))
    .option("--single-host", "allow a fixed site name: the image is for one machine only");
}

function addMachineOptions(command: Command): void {
  command
    .optionsGroup("Virtual machine:")
    .addOption(
      withDefault("--firmware <kind>", "what the image boots under later", "bios").choices(
        firmwares,
      ),
    )
    .option("--secure-boot", "UEFI with Secure Boot and enrolled keys")
    .addOption(withDefault("--disk-size <size>", "size of the image's disk", "100GiB"))
    .addOption(
      withDefault("--memory <size>", "memory while building", "8GiB, less on a small host"),
    )
    .addOption(withDefault("--cpus <n>", "CPUs while building", "4, less on a small host"))
    .addOption(
      withDefault(
        "--network <mode>",
        "isolated gives an address and no way out",
        "isolated",
      ).choices(["isolated", "user"]),
    )
    .addOption(
      withDefault("--accelerator <kind>", "auto takes KVM where it proves to work", "auto").choices(
        ["auto", "kvm", "tcg"],
      ),
    );
}

export function timeoutOption(): Option {
  return repeatable(
    "--timeout <stage=minutes>",
    "time limits (default: fetch=60, install=40, stall=6, verify=10, convert=60, publish=120)",
  );
}

/** The schema fills defaults in, so that there is one place for them; here they are only told. */
function withDefault(flags: string, description: string, value: string): Option {
  return new Option(flags, `${description} (default: ${value})`);
}
