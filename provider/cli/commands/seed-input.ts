import type { InputProblem } from "../../base/errors";
import { nameProblems } from "../input/image-name";
import { parseLogin } from "../input/login";
import type { OptionFiles } from "../input/option-files";
import { parseTargets } from "../input/targets";
import type { SeedOptions } from "./seed-options";

/** The input of a `SiteSeed`, not yet checked, and the problems that only a command line can have. */
interface SeedInput {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly problems: readonly InputProblem[];
}

/** Makes the input of a seed from options and the contents of the files that they name. */
export function seedInput(options: SeedOptions, files: OptionFiles): SeedInput {
  const name = options.name ?? options.edgeHostId ?? options.hostName;
  const palette = paletteInput(options, files);
  const users = parseLogin(options, files);
  const targets = parseTargets(options, files.targetHeaders);
  const isEmpty = (palette ?? users.value ?? files.userData) === undefined;
  return {
    name: name ?? "",
    problems: [
      ...(name === undefined ? [nameMissing] : nameProblems(name)),
      ...(isEmpty ? [emptySeed] : []),
      ...users.problems,
      ...targets.problems,
    ],
    input: {
      palette,
      users: users.value,
      userData: files.userData,
      publishTo: targets.value,
    },
  };
}

const nameMissing: InputProblem = {
  path: "--name",
  reason: "is missing: give it, or --edge-host-id or --host-name",
};

const emptySeed: InputProblem = {
  path: "--user-data",
  reason:
    "is missing, and so is every other option with content for the site: give --user-data, --palette-endpoint or a user",
};

function paletteInput(options: SeedOptions, { edgeHostToken }: OptionFiles): unknown {
  const { paletteEndpoint: endpoint, projectName, edgeHostId, hostName } = options;
  const palette = { endpoint, projectName, edgeHostToken, name: edgeHostId, hostName };
  return Object.values(palette).every((value) => value === undefined) ? undefined : palette;
}
