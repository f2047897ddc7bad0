import type { InputProblem } from "../../base/errors";
import { headerProblems } from "../options/headers";
import { nameProblems } from "./image";
import { targetInput, targetOptionProblems } from "./target";
import type { OptionFiles } from "../options/files";
import type { SeedOptions } from "../options/seed";

/** What the resource `SiteSeed` takes, not yet checked, and what only the command line can do wrong. */
export interface SeedInput {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly problems: readonly InputProblem[];
}

/** Options, and the contents of the files that they name, as the input of a seed. */
export function seedInput(options: SeedOptions, files: OptionFiles): SeedInput {
  const name = options.name ?? options.edgeHostId ?? options.hostName;
  const palette = paletteInput(options, files);
  const users = userInput(options, files);
  const says = palette ?? users ?? files.userData;
  return {
    name: name ?? "",
    problems: [
      ...(name === undefined ? [nameMissing] : nameProblems(name)),
      ...(says === undefined ? [emptySeed] : []),
      ...loginProblems(options),
      ...targetOptionProblems(options),
      ...headerProblems("--to-header", files.targetHeaders),
    ],
    input: {
      palette,
      users,
      userData: files.userData,
      publishTo: targetInput(options, files.targetHeaders),
    },
  };
}

const nameMissing: InputProblem = {
  path: "--name",
  reason: "is missing: with --edge-host-id or --host-name it need not be given",
};

const emptySeed: InputProblem = {
  path: "--user-data",
  reason:
    "is missing, and so is every other option that says what the site adds; give at least one",
};

function paletteInput(options: SeedOptions, { edgeHostToken }: OptionFiles): unknown {
  const { paletteEndpoint: endpoint, projectName, edgeHostId, hostName } = options;
  const palette = { endpoint, projectName, edgeHostToken, name: edgeHostId, hostName };
  return Object.values(palette).every((value) => value === undefined) ? undefined : palette;
}

function userInput({ user }: SeedOptions, { password, sshKeys }: OptionFiles): unknown {
  if (user === undefined) return undefined;
  return [{ name: user, password, sshAuthorizedKeys: sshKeys.length === 0 ? undefined : sshKeys }];
}

function loginProblems({ user, passwordFile, sshKeyFile }: SeedOptions): InputProblem[] {
  if (user !== undefined || (passwordFile ?? sshKeyFile) === undefined) return [];
  return [{ path: "--user", reason: "is needed with --password-file and --ssh-key-file" }];
}
