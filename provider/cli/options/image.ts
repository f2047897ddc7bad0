import { Option } from "commander";
import { configurationOptions, type ConfigurationOptions } from "./configuration";
import { formatOptions, type FormatOptions } from "./format";
import { installerOptions, type InstallerOptions } from "./installer";
import { machineOptions, type MachineOptions } from "./machine";
import { grouped, jsonOption, type JsonOptions, repeatable, withDefault } from "./option";
import { targetOptions, vsphereDeployOption, type TargetOptions } from "./target";

/** The options of an install and its formats, as commander parses them; only choices are checked. */
export interface InstallOptions
  extends InstallerOptions, ConfigurationOptions, MachineOptions, FormatOptions, JsonOptions {
  readonly name?: string;
  readonly trigger?: readonly string[];
  readonly timeout?: readonly string[];
}

/** The options of `build` and `plan`. */
export interface ImageOptions extends InstallOptions, TargetOptions {
  readonly copy?: readonly string[];
  readonly verifyBoot: boolean;
  readonly expect?: string;
  readonly verifyArtifacts?: string;
}

export function imageOptions(): Option[] {
  return [
    ...installOptions(),
    ...targetOptions(),
    ...grouped("Publishing:", [copyOption(), vsphereDeployOption()]),
    ...grouped("Run:", [...verificationOptions(), timeoutOption(), jsonOption()]),
  ];
}

/** The install and the formats, without publishing and verification. */
export function installOptions(): Option[] {
  return [
    ...installerOptions(),
    ...configurationOptions(),
    ...machineOptions(),
    ...grouped("Image:", [
      ...formatOptions(),
      withDefault("--name <name>", "name of the image", "the installer's file name"),
      repeatable("--trigger <text>", "build again when this text changes"),
    ]),
  ];
}

export function timeoutOption(): Option {
  return repeatable(
    "--timeout <stage=minutes>",
    "time limits (default: fetch=60, install=40, stall=6, verify=10, convert=60, publish=120)",
  );
}

function copyOption(): Option {
  return repeatable(
    "--copy <format=file>",
    "keep a copy of the file published to a folder under this name, replaced when the image changes; * is the installer's name: 'raw=images/*.img'",
  );
}

function verificationOptions(): Option[] {
  return [
    new Option("--no-verify-boot", "do not boot the image once in a throwaway overlay"),
    withDefault(
      "--verify-artifacts <how>",
      "boot: boot each artifact once, with the hardware that it is made for",
      "structure",
    ).choices(["structure", "boot"]),
    new Option("--expect <regex>", "text that the console must show in that boot"),
  ];
}
