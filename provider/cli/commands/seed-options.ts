import { Option } from "commander";
import {
  loginOptions,
  projectOption,
  tokenOption,
  type SharedConfigurationOptions,
} from "../options/configuration";
import { grouped, jsonOption, type JsonOptions } from "../options/option";
import type { ProgressOptions } from "../options/progress";
import { targetOptions, type TargetOptions } from "../options/target";

export interface SeedOptions
  extends SharedConfigurationOptions, TargetOptions, ProgressOptions, JsonOptions {
  readonly edgeHostId?: string;
  readonly hostName?: string;
  readonly name?: string;
}

export function seedOptions(): Option[] {
  return [
    ...grouped("Configuration of the site:", [
      tokenOption(),
      new Option("--edge-host-id <id>", "ID that the host registers with"),
      projectOption(),
      new Option("--palette-endpoint <host>", "Palette instance, if not that of the image"),
      new Option("--host-name <name>", "name of the host"),
      new Option("--user-data <file>", "cloud-config to merge over the rest"),
      ...loginOptions("create this login user"),
      new Option("--name <name>", "name of the seed (default: the host's ID, or its name)"),
    ]),
    ...targetOptions(),
    ...grouped("Run:", [jsonOption()]),
  ];
}
