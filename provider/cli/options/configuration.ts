import { Option } from "commander";
import { grouped, repeatable } from "./option";

/** A login user of the machine, and where the secrets are read from. */
export interface LoginOptions {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly sshKeyFile?: readonly string[];
}

/** Options that an image and a site seed share. */
export interface SharedConfigurationOptions extends LoginOptions {
  readonly paletteEndpoint?: string;
  readonly edgeHostTokenFile?: string;
  readonly projectName?: string;
  readonly userData?: string;
}

/** The configuration of the installed machine. */
export interface ConfigurationOptions extends SharedConfigurationOptions {
  readonly registrationUrl?: string;
  readonly registerOnSite?: boolean;
  readonly singleHost?: boolean;
}

export function configurationOptions(): Option[] {
  return grouped("Configuration of the machine:", [
    new Option("--palette-endpoint <host>", "Palette instance that the machine registers with"),
    tokenOption(),
    new Option("--registration-url <url>", "registration page for the QR code, instead of a token"),
    new Option(
      "--register-on-site",
      "neither token nor page: each host gets its token with the user-data of its site",
    ),
    projectOption(),
    new Option("--user-data <file>", "cloud-config to merge over the generated one"),
    ...loginOptions("create this login user; without one nobody can log in"),
    new Option("--single-host", "allow a fixed site name: the image is for one machine only"),
  ]);
}

export function tokenOption(): Option {
  return new Option("--edge-host-token-file <file>", "file with the registration token");
}

export function projectOption(): Option {
  return new Option("--project-name <name>", "Palette project");
}

export function loginOptions(user: string): Option[] {
  return [
    new Option("--user <name>", user),
    new Option("--password-file <file>", "file with the user's password"),
    repeatable(
      "--ssh-key-file <file>",
      "file with public keys of the user, in the format of authorized_keys",
    ),
  ];
}
